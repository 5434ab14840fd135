// Parts of the page that are read when they are first shown, so that it opens without them: figures, and rooms.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {json, StudioError, useAnswering} from './api.js';
import {Problem, Waiting} from './widgets.js';

/**
 * Makes a component of one in a module that is not read yet. Where that fails it is tried again when the studio is back;
 * browsers that remember the failure are helped by loading the page anew, which its address allows at any time.
 *
 * @param {() => Promise<any>} read such as `() => import('../figures/maps.js')`
 * @param {string} name of the component there
 */
export function lazy(read, name) {
    let Part = null;
    return function Lazy(props) {
        const [error, show] = useState(null);
        const answers = useAnswering();
        useEffect(() => {
            if (!Part) {
                read().then(module => {
                    Part = module[name];
                    show(false);
                }, cause => reason(cause).then(show));
            }
        }, [answers]);
        if (Part) {
            return html`<${Part} ...${props} />`;
        }
        const again = error?.code === 'unread' && (() => location.reload());
        return error ? html`<${Problem} error=${error} again=${again} />` : html`<${Waiting} />`;
    };
}

/** Asks the studio why a module was not read, since the browser does not say. */
const reason = async cause => cause instanceof SyntaxError
    ? new StudioError(`A part of this page is broken: ${cause.message}. Build Fovea again.`, 'broken')
    : json('api/state').then(() => new StudioError(
        'The studio answers again, but the browser remembers that this part of the page was not there. Load the page again.', 'unread'),
        error => error);
