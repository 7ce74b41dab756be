/** A part of the page that follows what comes. */
export interface View { element: HTMLElement; update: () => void; leave: () => void }
