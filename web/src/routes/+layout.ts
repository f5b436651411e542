// One static page; everything on it happens in the browser.

export const prerender = true;
export const ssr = false;
