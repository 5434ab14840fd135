// Help: what the keys do now, and the switch that turns keys off.

import {html, useState} from '../vendor/preact-htm.js';
import {known} from '../core/keys.js';
import {Switch} from '../core/widgets.js';

const NAMES = {' ': 'Space', ArrowLeft: '←', ArrowRight: '→'};

export function Help({dialog, keys, changeKeys}) {
    const [shown, show] = useState([]);
    return html`<dialog ref=${dialog} aria-labelledby="help-title" onBeforeToggle=${() => show(known())}>
        <h2 id="help-title">Keys</h2>
        <dl class="keys">${shown.map(({key, does}) => html`<div key=${key}><dt><kbd>${NAMES[key] ?? key}</kbd></dt>
            <dd>${does}</dd></div>`)}
            <div><dt><kbd>arrows</kbd></dt><dd>another patch, when a map has the focus</dd></div></dl>
        <${Switch} label="Keys with one letter" on=${keys === 'on'} change=${on => changeKeys(on ? 'on' : 'off')} />
        <p>Tab goes from control to control; a figure's graphic is one stop. Every graphic has its numbers as a table below it.</p>
        <form method="dialog"><button>Close</button></form>
    </dialog>`;
}
