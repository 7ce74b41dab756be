"""Training and evaluation; needs the extra ``train``, and ``emgctl run`` never imports it."""
