// Keeps what is looked at in the address' fragment, so that a reload, a bookmark and the back button show the same.

import {useEffect, useState} from '../vendor/preact-htm.js';

/**
 * @typedef {object} View
 * @property {string} room first part of the path: try, inside, machine, compare, search or lesson
 * @property {string} page second part: a figure of the room, a lesson
 * @property {Record<string, string>} params everything after the question mark
 */

/** Reads a fragment such as `#/inside/attention?layer=5&head=2`. @returns {View} */
export function parse(fragment) {
    const text = fragment.replace(/^#?\/?/, '');
    const cut = text.indexOf('?');
    const [path, query] = cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
    const [room = '', page = ''] = path.split('/').map(decode);
    return {room, page, params: Object.fromEntries(new URLSearchParams(query))};
}

/** Writes a view as a fragment; parameters without a value are left out. @param {View} view */
export function format({room, page, params}) {
    const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== ''
        && value !== undefined && value !== null).map(([name, value]) => [name, String(value)]));
    const path = [room, page].filter(Boolean).map(encodeURIComponent).join('/');
    return `#/${path}${query.size ? `?${query}` : ''}`;
}

function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

const listeners = new Set();

/**
 * Changes the view. Another room or page is a step that the back button undoes; a parameter replaces the one before.
 *
 * @param {{room?: string, page?: string, params?: Record<string, unknown>}} change
 */
export function go(change) {
    const now = parse(location.hash);
    const moved = (change.room ?? now.room) !== now.room || (change.page ?? now.page) !== now.page;
    const next = {
        room: change.room ?? now.room,
        page: change.page ?? (change.room && change.room !== now.room ? '' : now.page),
        params: {...now.params, ...change.params}
    };
    const fragment = format(next);
    if (fragment === location.hash) {
        return;
    }
    history[moved ? 'pushState' : 'replaceState'](null, '', fragment);
    listeners.forEach(listener => listener());
}

/** Puts a parameter into the view. */
export const set = params => go({params});

/** Gives a component the view and renders it again whenever the view changes. @returns {View} */
export function useView() {
    const [, render] = useState(0);
    useEffect(() => {
        const listener = () => render(count => count + 1);
        listeners.add(listener);
        addEventListener('popstate', listener);
        return () => {
            listeners.delete(listener);
            removeEventListener('popstate', listener);
        };
    }, []);
    return parse(location.hash);
}

/** Reads a whole number from a view's parameters, kept between two bounds. */
export function whole(params, name, otherwise, least, most) {
    const number = Number.parseInt(params[name] ?? '', 10);
    return Number.isNaN(number) ? otherwise : Math.min(most, Math.max(least, number));
}

/** A setting that stays in this browser. @param {string} name @param {string} otherwise */
export function useSetting(name, otherwise) {
    const key = `fovea-${name}`;
    const [value, change] = useState(() => localStorage.getItem(key) ?? otherwise);
    return [value, next => {
        localStorage.setItem(key, next);
        change(next);
    }];
}
