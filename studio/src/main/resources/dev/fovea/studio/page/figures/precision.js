// Figure "precision": the same picture and labels, computed with fewer bits.

import {html} from '../vendor/preact-htm.js';
import {duration, fixed} from '../core/numbers.js';
import {Figure, Ready} from '../core/figure.js';
import {COMPARES, labelsOf, modelFor, useStudio} from '../core/studio.js';
import {useRun} from '../core/runs.js';

export function Precision() {
    const studio = useStudio();
    const model = modelFor(studio, ...COMPARES);
    const labels = labelsOf(studio);
    const body = {kind: 'precision', model: model.name, picture: studio.picture.id, labels};
    const run = useRun(body);
    const all = run?.result?.precisions ?? [];
    const exact = all[0];
    const off = one => Math.max(...one.cosines.map((cosine, i) => Math.abs(cosine - exact.cosines[i])));
    const coarse = all.at(-1);
    const sentence = coarse
        ? `${coarse.compute} changes a cosine by at most ${off(coarse).toExponential(1)} and takes ${duration(coarse.seconds * 1000)}; ${exact.compute} takes ${duration(exact.seconds * 1000)}.`
        : '';
    return html`<${Figure} id="precision" drawn=${false} title="Fewer bits: what changes in the answer"
        lead="Linear layers multiplied as coarser numbers. Times are of one pass on this machine, so small differences mean nothing."
        sentence=${sentence} numbers=${all} recipe=${{body}}
            table=${coarse && {head: ['precision', 'largest change of a cosine', 'time', ...labels],
            rows: all.map(one => [one.compute, off(one).toExponential(1), duration(one.seconds * 1000),
                ...one.cosines.map(cosine => fixed(cosine, 4))])}}>
        <${Ready} run=${run}>${() => html`<div class="scroll" tabindex="0" role="group"
            aria-label="Cosines by precision"><table class="sum"><thead><tr><th
            scope="col">precision</th>${labels.map(label => html`<th scope="col" key=${label}>${label}</th>`)}<th
                scope="col">largest change</th><th scope="col">time</th></tr></thead>
            <tbody>${all.map(one => html`<tr key=${one.compute}><th
                scope="row">${one.compute}</th>${one.cosines.map((cosine, i) => html`<td
                key=${i}>${fixed(cosine, 4)}</td>`)}<td>${one === exact ? '–' : off(one).toExponential(1)}</td>
                    <td>${duration(one.seconds * 1000)}</td></tr>`)}</tbody></table></div>`}<//>
    <//>`;
}
