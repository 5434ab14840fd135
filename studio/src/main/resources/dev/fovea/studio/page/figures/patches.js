// Figure "patches": the grid of tokens, one patch's numbers, and which patches have become alike.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, place} from '../core/numbers.js';
import {Legend, PictureMap, useSteps} from './picture-map.js';
import {scaleOf} from '../core/draw.js';
import {set, whole} from '../core/state.js';
import {Tabs} from '../core/widgets.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useFloats} from '../core/runs.js';

const SHOWN = 24;

const listed = names => names.length > 1 ? `the ${names[0]} and ${names.length - 1} registers` : `the ${names[0]}`;

export function Patches() {
    const studio = useStudio();
    const {run, body, model} = useClipRun(studio);
    const steps = useSteps(model, studio.picture);
    const vision = run?.result?.vision;
    const count = vision ? vision.patchRows * vision.patchColumns : 1;
    const query = whole(studio.view.params, 'query',
        Math.floor(count / 2) + Math.floor((vision?.patchColumns ?? 0) / 2), 1, count);
    const alike = studio.view.params.show === 'alike';
    const token = query - 1 + (vision?.before.length ?? 1);
    const patch = useFloats(run, `patch?index=${query - 1}`);
    const state = useFloats(run, `state?layer=0&token=${token}`);
    const similar = useFloats(run, alike ? `maps/similarity?patch=${query - 1}` : null);
    const where = vision && place(query - 1, vision.patchColumns);
    const values = similar.data?.data;
    const nearest = values && largest(values, 4).filter(index => index !== query - 1).slice(0, 3);
    const sentence = !vision ? '' : alike && values
        ? `The patch in ${where} is most like ${nearest.map(index => `${place(index,
        vision.patchColumns)} (${fixed(values[index], 2)})`).join('; ')}.`
        : `The picture is ${vision.patchRows} × ${vision.patchColumns} patches; ${vision.before.length ? `with ${listed(vision.before)} these are ${vision.tokens} tokens` : 'each is a token'}. The patch in ${where} is token ${token}.`;
    return html`<${Figure} id=${alike ? 'similarity' : 'patches'} title="Patches become rows of numbers"
        lead="Every square is one token. Click a patch, or focus the picture and use the arrow keys."
        controls=${html`<${Tabs} label="Show" value=${alike ? 'alike' : 'numbers'}
            change=${show => set({show: show === 'alike' ? show : ''})}
            options=${[['numbers', 'Numbers of a patch'], ['alike', 'Patches like this one']]} />`}
        sentence=${sentence} numbers=${alike ? values : state.data?.data}
            recipe=${{body, path: alike ? `maps/similarity?patch=${query - 1}` : `state?layer=0&token=${token}`,
            values: {query: query - 1}}}
        table=${alike && values ? {head: ['patch', 'cosine'],
            rows: Array.from(values, (value, i) => [place(i, vision.patchColumns), fixed(value)])}
            : state.data && {head: ['number', 'value'],
            rows: Array.from(state.data.data, (value, i) => [i, fixed(value, 4)])}}>
        <${Ready} run=${run} of=${[steps, patch, state, alike ? similar : null]}>${() => html`<div class="two">
            <div><${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows}
                columns=${vision.patchColumns} grid=${true}
                values=${alike ? values : null} scale=${alike ? scaleOf([values], false) : null} chosen=${query - 1}
                    most=${460}
                pick=${index => set({query: index + 1})} label=${sentence} />
                ${alike && html`<${Legend} scale=${scaleOf([values], false)} digits=${2}
                    name="cosine with the chosen patch" />`}</div>
            <div class="patch"><figure><${Canvas} ratio=${1} most=${150}
                draw=${(g, width, height) => enlarged(g, width, height, patch.data)}
                label=${`The patch in ${where}, enlarged`} />
                <figcaption>The patch, ${patch.data.shape[0]} × ${patch.data.shape[1]} pixels, 3 colours: ${patch.data.data.length} numbers</figcaption></figure>
                <h3>Its row after the embedding</h3><p
                    class="row-of-numbers">${Array.from(state.data.data.slice(0, SHOWN),
                    value => html`<span>${fixed(value, 2)}</span>`)}<span>… ${state.data.data.length} in all</span></p>
                <${Canvas} ratio=${0.16} most=${320} draw=${(g, width, height) => barcode(g, width, height,
                    state.data.data)} label=${`The row of token ${token} as bars`} /></div></div>`}<//>
    <//>`;
}

/** The patch's normalised pixels, stretched to what a screen shows. */
function enlarged(g, width, height, {data, shape: [rows, columns]}) {
    let [least, most] = [Infinity, -Infinity];
    for (const value of data) {
        least = Math.min(least, value);
        most = Math.max(most, value);
    }
    for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
            const at = (row * columns + column) * 3;
            g.fillStyle = `rgb(${[0, 1, 2].map(c => Math.round((data[at + c] - least) / (most - least
                || 1) * 255)).join(' ')})`;
            g.fillRect(Math.floor(column * width / columns), Math.floor(row * height / rows),
                Math.ceil(width / columns), Math.ceil(height / rows));
        }
    }
}

/** One thin bar for each number, up or down from the middle. */
function barcode(g, width, height, values) {
    const far = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    const style = getComputedStyle(document.documentElement);
    g.fillStyle = style.getPropertyValue('--accent');
    values.forEach((value, i) => {
        const long = value / far * height / 2;
        g.fillRect(i * width / values.length, Math.min(height / 2, height / 2 - long),
            Math.max(1, width / values.length - 0.5), Math.abs(long));
    });
    g.fillStyle = style.getPropertyValue('--line');
    g.fillRect(0, height / 2, width, 1);
}
