"""What devices over Bluetooth Low Energy share: the radio, a link in a thread of its own, virtual devices."""
