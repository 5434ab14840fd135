// Room "compare": two of anything side by side: models, pictures, methods; one slider wipes from one map to the other.

import {html} from '../vendor/preact-htm.js';
import {Choice, Problem, Slider, Waiting} from '../core/widgets.js';
import {Canvas, useImage} from '../core/canvas.js';
import {dim, drawnRatio, scaleOf, squares} from '../core/draw.js';
import {Figure} from '../core/figure.js';
import {fixed, percent, withSign} from '../core/numbers.js';
import {clipBody, COMPARES, labelsOf, useStudio} from '../core/studio.js';
import {Legend, PictureMap, pictureAddress, useSteps} from '../figures/picture-map.js';
import {mapPath, METHODS, methodsOf, useMap} from '../figures/methods.js';
import {set} from '../core/state.js';
import {themed} from '../core/colour.js';
import {useRun} from '../core/runs.js';

/** Two sides, if there is a model that compares pictures with texts. */
export function Compare() {
    const studio = useStudio();
    const clips = studio.state.models.filter(({kind, tasks}) => COMPARES.includes(kind) && tasks.includes('inside'));
    return clips.length ? html`<${Sides} clips=${clips} />` : html`<${Problem}
        error=${{message: 'No CLIP is loaded. Start the studio with --model clip-mini, or another CLIP.'}} />`;
}

function Sides({clips}) {
    const studio = useStudio();
    const {view, pictures} = studio;
    const labels = labelsOf(studio);
    const label = Math.min(labels.length - 1, Math.max(0, Number.parseInt(view.params.label ?? '0', 10) || 0));
    const sides = ['a', 'b'].map(side => useSide(side, studio, clips, labels, label));
    const [a, b] = sides;
    const rows = a.run?.result && b.run?.result
        ? labels.map((text, i) => [text, a.run.result.labels[i], b.run.result.labels[i]]) : null;
    const same = a.picture.id === b.picture.id;
    const ready = sides.every(({map, steps}) => map.data && steps.data);
    const sentence = rows
        ? `“${labels[label]}”: cosine ${fixed(rows[label][1].cosine)} on the left, ${fixed(rows[label][2].cosine)} on the right.`
        : '';
    const choose = ({side, model, picture, method}, i) => html`<fieldset key=${side}>
        <legend>${i ? 'Right' : 'Left'}</legend>
        <${Choice} label="Model" value=${model.name} change=${name => set({[`${side}model`]: name})}
            options=${clips.map(one => [one.name, one.name])} />
        <${Choice} label="Picture" value=${picture.id} change=${id => set({[`${side}picture`]: id})}
            options=${pictures.map(one => [one.id, one.name || 'your picture'])} />
        <${Choice} label="Map" value=${method} change=${chosen => set({[`${side}map`]: chosen})}
            options=${methodsOf(studio.figures, model)} /></fieldset>`;
    return html`<${Figure} id=${a.method} also=${a.method === b.method ? [] : [b.method]}
        title="Compare two of anything"
        lead="Choose what differs, a model, a picture or a method, and leave the rest alike."
        controls=${html`${sides.map(choose)}<${Choice} label="Label" value=${String(label)}
            change=${chosen => set({label: chosen})} options=${labels.map((text, i) => [String(i), text])} />`}
        sentence=${sentence} numbers=${rows && {labels, left: a.map.data?.data, right: b.map.data?.data, rows}}
            recipe=${a.run?.result && {body: a.body, path: mapPath(a.method, label),
            values: {label}}}
        table=${rows && {head: ['label', 'cosine left', 'cosine right', 'difference', 'score left', 'score right'],
            rows: rows.map(([text, left, right]) => [text, fixed(left.cosine), fixed(right.cosine),
            withSign(right.cosine - left.cosine, 3), percent(left.score), percent(right.score)])}}>
        <div class="two even">${sides.map((side, i) => html`<section key=${side.side}
            aria-label=${i ? 'Right' : 'Left'}>${failure(side)
            ? html`<${Problem} error=${failure(side)} again=${side.wait?.again} />`
        : !side.map.data || !side.steps.data ? html`<${Waiting} run=${side.wait} />`
        : html`<h3>${METHODS[side.method][0]}, ${side.model.name}</h3><${PictureMap} picture=${side.picture}
        steps=${side.steps.data} rows=${side.map.data.shape[0]} columns=${side.map.data.shape[1]}
            values=${side.map.data.data} scale=${scaleOf([side.map.data.data], side.map.data.signed)} most=${400}
            label=${`${METHODS[side.method][0]} of ${side.model.name} over ${side.picture.name || 'your picture'}`} />
            <${Legend} scale=${scaleOf([side.map.data.data], side.map.data.signed)} digits=${4}
                name="a scale of its own" />`}</section>`)}</div>
        <div class="two">${ready && same && html`<${Wipe} sides=${sides} share=${Number(view.params.wipe ?? 50)} />`}
            ${rows && html`<section class="wipe"><h3>All labels</h3><table><thead><tr><th scope="col">label</th><th
            scope="col">left</th><th scope="col">right</th><th scope="col">difference</th></tr></thead>
                <tbody>${rows.map(([text, left, right]) => html`<tr key=${text}><th scope="row">${text}</th>
                    <td>${fixed(left.cosine)}</td><td>${fixed(right.cosine)}</td>
                        <td>${withSign(right.cosine - left.cosine, 3)}</td></tr>`)}</tbody></table></section>`}</div>
    <//>`;
}

const failure = ({run, wait, map, steps}) => [run, wait, map, steps].find(one => one?.error)?.error;

/** Everything one side needs. */
function useSide(side, {view, pictures, picture, model, figures}, clips, labels, label) {
    const {params} = view;
    const mine = clips.find(({name}) => name === params[`${side}model`]) ?? clips.find(one => one === model)
        ?? clips[0];
    const shown = pictures.find(({id}) => id === params[`${side}picture`]) ?? picture;
    const can = methodsOf(figures, mine).map(([id]) => id);
    const method = can.includes(params[`${side}map`]) ? params[`${side}map`] : side === 'a' ? 'contributions' : 'maskclip';
    const body = clipBody(mine, shown, labels);
    const run = useRun(body);
    const {map, wait} = useMap(run, method, label, mine);
    return {side, model: mine, picture: shown, method, body, run, map, wait, steps: useSteps(mine, shown)};
}

/** Left map left of the slider, right map right of it, over one picture. */
function Wipe({sides, share}) {
    const [a] = sides;
    const image = useImage(pictureAddress(a.picture));
    const {original} = a.steps.data;
    const draw = (g, width, height) => {
        g.fillStyle = '#fff';
        g.fillRect(0, 0, width, height);
        if (image) {
            g.filter = 'grayscale(1) contrast(0.8)';
            g.drawImage(image, 0, 0, width, height);
            g.filter = 'none';
        }
        const line = width * share / 100;
        sides.forEach(({map: {data: {data, shape, signed}}, steps: {data: {seen}}}, i) => {
            const [fx, fy] = [width / original.width, height / original.height];
            const box = [seen.x * fx, seen.y * fy, seen.width * fx, seen.height * fy];
            g.save();
            g.beginPath();
            g.rect(i ? line : 0, 0, i ? width - line : line, height);
            g.clip();
            squares(g, data, ...shape, ...box, scaleOf([data], signed), 0.75);
            dim(g, width, height, {x: box[0], y: box[1], width: box[2], height: box[3]});
            g.restore();
        });
        g.fillStyle = themed('--ink');
        g.fillRect(line - 1, 0, 2, height);
    };
    const ratio = drawnRatio(original.width, original.height);
    const most = Math.round(480 * Math.min(1, 1 / ratio));
    return html`<section class="wipe"><h3>One over the other</h3><${Canvas} ratio=${ratio}
        most=${most} draw=${draw} label=${`The left map on ${share}% of the width, the right map on the rest`} />
        <${Slider} label="Left map" value=${share} least=${0} most=${100} text=${`${share}%`}
            change=${value => set({wipe: value})} /></section>`;
}
