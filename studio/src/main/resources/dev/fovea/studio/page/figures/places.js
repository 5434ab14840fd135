// Figure "places": location tokens become numbers, numbers become boxes and outlines.

import {html} from '../vendor/preact-htm.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed} from '../core/numbers.js';
import {Found, foundIn, FoundList} from './found.js';
import {modelFor, useStudio} from '../core/studio.js';
import {set, whole} from '../core/state.js';
import {useWritingRun} from '../core/tasks.js';
import {WritingControls} from './writing-controls.js';

const TASKS = ['detect', 'ground', 'segment', 'ocr'];

export function Places() {
    const studio = useStudio();
    const florence = modelFor(studio, 'florence');
    const {run, body, tasks, task} = useWritingRun({...studio, model: florence}, TASKS);
    const found = run?.result ? foundIn(run.result) : [];
    const chosen = whole(studio.view.params, 'found', 0, 0, Math.max(0, found.length - 1));
    const one = found[chosen];
    const tokens = run?.result?.tokens ?? [];
    const mine = new Set(one?.tokens ?? []);
    const bins = (one?.tokens ?? []).map(index => /<loc_(\d+)>/.exec(tokens[index]?.text
        ?? '')?.[1]).filter(Boolean).map(Number);
    const rows = bins.map((bin, i) => {
        const size = i % 2 ? studio.picture.height : studio.picture.width;
        return [`<loc_${bin}>`, i % 2 ? 'y' : 'x', bin, `(${bin} + ½) × ${size} / 1000`,
            fixed((bin + 0.5) * size / 1000, 1)];
    });
    const sentence = one ? `“${one.label}” is ${bins.length} location tokens: ${bins.slice(0,
        8).join(', ')}${bins.length > 8 ? ' …' : ''}.` : run?.result
        ? 'Nothing was found: the answer has no location tokens.' : '';
    return html`<${Figure} id="places" title="Places are words: location tokens"
        lead="Florence-2 has a thousand extra words for places. Choose something found, in the picture or in the list, to see its words."
        controls=${task && html`<${WritingControls} tasks=${tasks} task=${task} />`} sentence=${sentence}
            numbers=${run?.result && {text: run.result.text, found}}
        recipe=${{body}} table=${rows.length ? {head: ['token', 'axis', 'bin', 'arithmetic', 'pixel'], rows} : null}>
        <${Ready} run=${run}>${() => html`<div class="two"><div><${Found} picture=${studio.picture} found=${found}
            chosen=${chosen} choose=${index => set({found: index})} most=${480} /></div>
            <div><h3>What the model wrote</h3><p class="tokens">${tokens.map((token, i) => html`<span key=${i}
                class=${`piece ${mine.has(i) ? 'new' : ''}`}>${token.text}</span>`)}</p>
                <${FoundList} found=${found} chosen=${chosen} choose=${index => set({found: index})} />
                ${rows.length > 0 && html`<table class="sum"><thead>
                    <tr>${['token', '', 'arithmetic', 'pixel'].map(head => html`<th
                        scope="col">${head}</th>`)}</tr></thead>
                    <tbody>${rows.slice(0, 8).map(([token, axis, , arithmetic, pixel]) => html`<tr><th
                        scope="row">${token}</th><td>${axis}</td><td>${arithmetic}</td><td
                        class="strong">${pixel}</td></tr>`)}</tbody></table>`}</div></div>`}<//>
    <//>`;
}
