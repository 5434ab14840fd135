// Parts of the page that are read when they are first shown, so that it opens without them: figures, and rooms.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {Problem, Waiting} from './widgets.js';
import {StudioError, unanswered, useAnswering} from './api.js';

/**
 * Makes a component of one in a module that is not read yet.
 *
 * @param {() => Promise<any>} read such as `() => import('../figures/maps.js')`
 * @param {string} name of the component there
 */
export function lazy(read, name) {
    let Part = null;
    return function Lazy(props) {
        const [error, fail] = useState(null);
        const answers = useAnswering();
        useEffect(() => {
            if (!Part) {
                read().then(module => {
                    Part = module[name];
                    fail(false);
                }, cause => fail(before => problem(cause, before)));
            }
        }, [answers]);
        return Part ? html`<${Part} ...${props} />`
            : error ? html`<${Problem} error=${error} again=${() => location.reload()} />` : html`<${Waiting} />`;
    };
}

/** A module is read again when the studio is back; a browser that remembers the failure has to load the page anew. */
function problem(cause, before) {
    if (cause instanceof SyntaxError) {
        return new StudioError(`A part of this page is broken: ${cause.message}. Build Fovea again.`, 'broken');
    }
    return before || unanswered();
}
