// Keys of the whole page. A key belongs to what was shown last; keys with one letter can be switched off (WCAG 2.1.4).

import {useEffect} from '../vendor/preact-htm.js';

/** @type {Map<string, {does: string, run: () => void}[]>} */
const handlers = new Map();

const typing = element => element.closest('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, dialog, '
    + '[contenteditable]');

export const enabled = () => localStorage.getItem('fovea-keys') !== 'off';

addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !enabled()
        || typing(event.target)) {
        return;
    }
    const last = handlers.get(event.key)?.at(-1);
    if (last) {
        event.preventDefault();
        last.run();
    }
});

/** Gives a component keys while it is shown: `{'[': ['layer before', () => ...]}`. */
export function useKeys(keys) {
    useEffect(() => {
        const mine = Object.entries(keys).map(([key, [does, run]]) => {
            const handler = {does, run};
            handlers.set(key, [...handlers.get(key) ?? [], handler]);
            return [key, handler];
        });
        return () => mine.forEach(([key, handler]) =>
            handlers.set(key, handlers.get(key).filter(other => other !== handler)));
    });
}

/** What the keys do now, for the page's help. */
export const known = () => Array.from(handlers).filter(([, all]) => all.length)
    .map(([key, all]) => ({key, does: all.at(-1).does}));
