// Speaks to screen readers through one polite live region, and shows short notes at the foot of the page.

import {html, useEffect, useState} from '../vendor/preact-htm.js';

let speak = () => {};
let timer = 0;

/** Says a sentence, after whoever moves has stopped for a moment, so that arrows held down do not pile up speech. */
export function announce(sentence) {
    clearTimeout(timer);
    timer = setTimeout(() => speak(sentence, false), 250);
}

/** Says a sentence and shows it for some seconds. */
export function note(sentence) {
    clearTimeout(timer);
    speak(sentence, true);
}

/** The region itself; stands once in the page. */
export function Announcer() {
    const [said, say] = useState({sentence: '', shown: false});
    useEffect(() => {
        speak = (sentence, shown) => say({sentence, shown});
    }, []);
    useEffect(() => {
        if (said.shown) {
            const end = setTimeout(() => say({sentence: '', shown: false}), 4000);
            return () => clearTimeout(end);
        }
    }, [said]);
    return html`<div class=${said.shown ? 'note' : 'unseen'} role="status" aria-live="polite">${said.sentence}</div>`;
}
