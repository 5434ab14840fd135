// Figure "histogram": the numbers of one weight, and what storing them more coarsely would change.

import {html, useState} from '../vendor/preact-htm.js';
import {Bar, Choice, Line} from '../core/widgets.js';
import {compact, fixed} from '../core/numbers.js';
import {Figure, Ready} from '../core/figure.js';
import {json, useData} from '../core/api.js';
import {linear, ticks, tickText, Wide} from '../core/axes.js';
import {set} from '../core/state.js';
import {useStudio} from '../core/studio.js';

const LISTED = 400;

export function Histogram() {
    const {model, picture, view} = useStudio();
    const [filter, narrow] = useState('');
    const weights = useData(`weights ${model.name}`,
        signal => json(`api/weights?model=${encodeURIComponent(model.name)}`, signal));
    const all = weights.data ?? [];
    const listed = all.filter(({name}) => name.includes(filter)).slice(0, LISTED);
    const name = all.some(one => one.name === view.params.weight) ? view.params.weight
        : (all.find(one => one.name.includes('fc1.weight')) ?? all[0])?.name;
    const found = useData(name ? `histogram ${model.name} ${name}` : null,
        signal => json(`api/weights/histogram?model=${encodeURIComponent(model.name)}&name=${encodeURIComponent(name)}`,
        signal));
    const data = found.data && {...found.data, ...found.data.statistics};
    const worst = data?.errors.at(-1);
    const sentence = data ? `${data.name} has ${compact(data.shape.reduce((a, b) => a * b,
        1))} numbers from ${fixed(data.min)} to ${fixed(data.max)}, deviation ${fixed(data.std,
        4)}. Stored as ${worst.type} it would be off by ${(worst.relative * 100).toPrecision(2)}%.` : '';
    const options = (listed.some(one => one.name === name) ? listed
        : [{name, shape: []}, ...listed]).filter(one => one.name);
    return html`<${Figure} id="histogram" title="Weights: their numbers, and what fewer bits would cost" svg=${true}
        lead="Most weights are small. One number far outside makes everything around it coarser, since a group shares its scale."
        controls=${weights.data && html`<${Line} label="Name contains" value=${filter} change=${narrow}
            button="Filter" placeholder="for example mlp" /><${Choice} label="Weight" value=${name}
            change=${chosen => set({weight: chosen})}
                options=${options.map(one => [one.name, `${one.name} ${one.shape?.join(' × ') ?? ''}`])} />`}
        sentence=${sentence} numbers=${data} recipe=${{body: {kind: 'machine', model: model.name, picture: picture.id}}}
        table=${data && {head: ['from', 'to', 'how many'],
            rows: data.bins.map((count, i) => [fixed(data.edges[i], 4), fixed(data.edges[i + 1], 4), count])}}>
        <${Ready} of=${[weights, found]}>${() => html`<${Bars} data=${data} label=${sentence} />
            <h3>Relative error when stored as</h3><ol
                class="bars wide">${data.errors.map(({type, relative}) => html`<li key=${type}><span>${type}</span>
                <${Bar} share=${relative / Math.max(1e-9, ...data.errors.map(one => one.relative))} />
                    <b>${relative === 0 ? 'exact' : relative.toExponential(1)}</b></li>`)}</ol>`}<//>
    <//>`;
}

/** Counts on a logarithmic scale, since the tails matter. */
const Bars = props => html`<${Wide}>${width => html`<${Counts} ...${props} width=${width} />`}<//>`;

function Counts({data: {bins, edges}, label, width}) {
    const [height, left, right, top, bottom] = [260, 64, 12, 12, 40];
    const x = linear(edges[0], edges.at(-1), left, width - right);
    const most = Math.ceil(Math.log10(Math.max(10, ...bins)));
    const y = linear(0, most, height - bottom, top);
    const marks = ticks(edges[0], edges.at(-1), 6);
    const text = tickText(marks);
    return html`<svg class="chart" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img"
        aria-label=${label} data-export>
        ${Array.from({length: most + 1}, (_, power) => html`<line class="grid" x1=${left} x2=${width - right}
            y1=${y(power)} y2=${y(power)} /><text class="tick" x=${left - 8} y=${y(power) + 4}
            text-anchor="end">${compact(10 ** power)}</text>`)}
        ${bins.map((count, i) => count > 0 && html`<rect class="quiet" x=${x(edges[i]) + 0.5}
            width=${Math.max(1, x(edges[i + 1]) - x(edges[i]) - 1)} y=${y(Math.log10(count) || 0.02)}
            height=${height - bottom - y(Math.log10(count) || 0.02)} />`)}
        ${marks.map(tick => html`<text class="tick" x=${x(tick)} y=${height - bottom + 18}
            text-anchor="middle">${text(tick)}</text>`)}
        <text class="tick" x=${(left + width) / 2} y=${height - 5} text-anchor="middle">value</text>
        <text class="tick" x="14" y=${(top + height - bottom) / 2} text-anchor="middle"
            transform="rotate(-90 14 ${(top + height - bottom) / 2})">how many</text>
    </svg>`;
}
