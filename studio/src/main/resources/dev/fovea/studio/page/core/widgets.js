// Small parts that every room uses: choices, sliders, and what stands where a figure is not there yet.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {note} from './announce.js';

let count = 0;

/** An id for a label and its field. */
const useId = () => useState(() => `f${++count}`)[0];

/** A list to choose from. @param {{label: string, value: string, options: [string, string][], change: (v: string) => void}} props */
export function Choice({label, value, options, change, disabled}) {
    const id = useId();
    return html`<span class="field"><label for=${id}>${label}</label>
        <select id=${id} value=${value} disabled=${disabled} onChange=${event => change(event.target.value)}>
            ${options.map(([key, text]) => html`<option key=${key} value=${key}
                selected=${key === value}>${text}</option>`)}
        </select></span>`;
}

/** A slider with its value beside it. */
export function Slider({label, value, least, most, step = 1, text = String(value), change}) {
    const id = useId();
    return html`<span class="field slider"><label for=${id}>${label}</label>
        <input id=${id} type="range" min=${least} max=${most} step=${step} value=${value} aria-valuetext=${text}
            onInput=${event => change(Number(event.target.value))} /><output for=${id}>${text}</output></span>`;
}

/** Something that is on or off. */
export function Switch({label, on, change}) {
    const id = useId();
    return html`<span class="field switch"><input id=${id} type="checkbox" checked=${on}
        onChange=${event => change(event.target.checked)} /><label for=${id}>${label}</label></span>`;
}

/** A line of text that is handed on by Enter, by the button, or when the field is left. */
export function Line({label, value, change, button, placeholder, most = 500}) {
    const id = useId();
    const [text, type] = useState(value);
    useEffect(() => type(value), [value]);
    const done = event => {
        event.preventDefault();
        if (text.trim()) {
            change(text.trim());
        }
    };
    return html`<form class="field line" onSubmit=${done}><label for=${id}>${label}</label>
        <input id=${id} type="text" value=${text} maxlength=${most} placeholder=${placeholder} autocomplete="off"
            onInput=${event => type(event.target.value)} /><button type="submit">${button}</button></form>`;
}

/** Labels as chips: type and press Enter to add one, press a chip's cross to drop it. */
export function Chips({label, items, change, most = 50}) {
    const id = useId();
    const [text, type] = useState('');
    const add = event => {
        event.preventDefault();
        const word = text.trim();
        if (!word || items.includes(word)) {
            return;
        }
        if (items.length >= most) {
            return note(`At most ${most} labels at once.`);
        }
        change([...items, word]);
        type('');
    };
    return html`<form class="chips" onSubmit=${add}>
        <label for=${id}>${label}</label>
        <ul>${items.map(item => html`<li key=${item}><span>${item}</span><button type="button"
            aria-label=${`Drop ${item}`}
            disabled=${items.length < 2}
                onClick=${() => change(items.filter(other => other !== item))}>×</button></li>`)}
            <li class="add"><input id=${id} type="text" value=${text} maxlength="200" placeholder="another label"
                autocomplete="off"
                onInput=${event => type(event.target.value)} /><button type="submit">Add</button></li></ul></form>`;
}

/** Buttons of which one is pressed. */
export function Tabs({label, value, options, change}) {
    return html`<div class="tabs" role="group"
        aria-label=${label}>${options.map(([key, text]) => html`<button key=${key} type="button"
        aria-pressed=${key === value} onClick=${() => change(key)}>${text}</button>`)}</div>`;
}

/** What stands where something is being read or computed; nothing for the first 0.3 seconds. */
export function Waiting({run, what = 'Reading'}) {
    const [shown, show] = useState(false);
    useEffect(() => {
        const late = setTimeout(() => show(true), 300);
        return () => clearTimeout(late);
    }, []);
    if (!shown) {
        return html`<div class="waiting"></div>`;
    }
    const text = run?.state === 'queued' ? `Waiting: place ${run.place} in the queue`
        : run?.progress ? `Computing ${run.progress.what}` : `${run?.what && run.state === 'running' ? run.what : what} …`;
    return html`<div class="waiting late" role="status"><p>${text}</p>
        ${run?.progress?.of > 1 && html`<progress max=${run.progress.of} value=${run.progress.done}
            aria-label="Progress"></progress>`}</div>`;
}

/** What went wrong and what to do. */
export function Problem({error, again}) {
    return html`<div class="problem" role="alert"><p>${error.message}</p>
        ${again && error.code !== 'cannot' && html`<button type="button" onClick=${again}>Try again</button>`}</div>`;
}

/** A bar beside a number; it says nothing that the number does not. */
export const Bar = ({share}) => html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none"
    aria-hidden="true"><rect class="track" width="100" height="10" /><rect class="total"
    width=${Math.min(100, Math.max(0.5, share * 100))} height="10" /></svg>`;

/** A table, folded away: the figure's numbers for those who read them rather than see them. */
export function Numbers({head, rows, open, toggle, name = 'The numbers as a table'}) {
    const cut = rows.slice(0, 600);
    return html`<details class="numbers" open=${open} onToggle=${event => toggle?.(event.target.open)}>
        <summary>${name}</summary>
        <div class="scroll" tabindex="0" role="group" aria-label=${name}><table><thead>
            <tr>${head.map(cell => html`<th scope="col">${cell}</th>`)}</tr></thead>
        <tbody>${(open ?? true) && cut.map(row => html`<tr>${row.map((cell, i) => i ? html`<td>${cell}</td>`
            : html`<th scope="row">${cell}</th>`)}</tr>`)}</tbody>
        </table></div>${rows.length > cut.length
            && html`<p>The first ${cut.length} of ${rows.length} rows; JSON has all.</p>`}</details>`;
}
