// Page "region" of Try: a rectangle is drawn on the picture, and models are asked about what is in it.

import {html, useState} from '../vendor/preact-htm.js';
import {Canvas, useImage} from '../core/canvas.js';
import {clipBody, COMPARES, labelsOf, useStudio} from '../core/studio.js';
import {corners, drawnRatio, outline} from '../core/draw.js';
import {Chips, Problem, Tabs, Waiting} from '../core/widgets.js';
import {Figure} from '../core/figure.js';
import {fixed, largest, percent} from '../core/numbers.js';
import {pictureAddress} from '../figures/picture-map.js';
import {said} from '../core/tasks.js';
import {Scores} from '../figures/score.js';
import {set} from '../core/state.js';
import {useRun} from '../core/runs.js';

/** What can be asked about a region, in the order of the buttons. */
const WAYS = {'describe-region': 'Describe it', 'name-region': 'Name it', 'outline-region': 'Outline it',
    'read-region': 'Read its text', clip: 'Compare with labels'};

/** A step of the arrow keys, as a share of the picture. */
const STEP = 0.05;

export function Region() {
    const studio = useStudio();
    const {picture, view: {params}} = studio;
    const ways = Object.keys(WAYS).filter(way => modelOf(way, studio));
    const way = ways.includes(params.way) ? params.way : ways[0];
    const model = modelOf(way, studio);
    const box = boxOf(params.box, picture);
    const labels = labelsOf(studio);
    const compares = way === 'clip';
    const body = compares ? {...clipBody(model, picture, labels), region: box}
        : {kind: way, model: model.name, picture: picture.id, region: box};
    const run = useRun(body);
    const result = run?.result;
    const order = compares && result && largest(result.labels.map(({score}) => score), labels.length);
    const sentence = !result ? '' : compares
        ? `What is in the rectangle is most like “${labels[order[0]]}”: cosine ${fixed(result.labels[order[0]].cosine)}. The model sees the cut-out alone.`
        : way === 'outline-region' ? `${result.polygons.length ? 'An outline was' : 'No outline was'} found for the rectangle.`
        : `${model.name} wrote about the rectangle: “${said(result) || 'nothing'}”`;
    return html`<${Figure} id=${compares ? 'score' : 'places'} equation="" title="Ask about a region"
        lead="Draw a rectangle on the picture. With the keyboard: arrows move it, Shift and arrows change its size."
        controls=${html`<${Tabs} label="Question" value=${way} change=${chosen => set({way: chosen})}
            options=${ways.map(one => [one, WAYS[one]])} />${compares && html`<${Chips} label="Labels" items=${labels}
            change=${items => set({labels: items.join('|')})} />`}`}
        sentence=${sentence} numbers=${result && {region: box, result}} recipe=${{body}}
        table=${result && compares ? {head: ['label', 'cosine', 'score'], rows: order.map(i => [labels[i],
            fixed(result.labels[i].cosine, 4), percent(result.labels[i].score)])} : null}>
        <div class="two"><div><${Drawn} picture=${picture} box=${box} outlines=${result?.polygons ?? []} /></div>
        <div>${run?.error ? html`<${Problem} error=${run.error} again=${run.again} />`
            : !result ? html`<${Waiting} run=${run} what="Looking" />`
            : compares ? html`<${Scores} rows=${order.map(i => result.labels[i])} label=${sentence} />`
            : way !== 'outline-region' && html`<p class="written">${said(result) || 'The model wrote nothing.'}</p>`}
            <p class="facts">${model.name}, pixels ${box.join(', ')} of ${picture.width} × ${picture.height}</p></div></div>
    <//>`;
}

/** Whether there is anything to ask a region with. */
export const canAskRegions = studio => Object.keys(WAYS).some(way => modelOf(way, studio));

function modelOf(way, {state, model}) {
    const able = state.models.filter(one => way === 'clip' ? COMPARES.includes(one.kind) : one.kind === 'florence');
    return able.includes(model) ? model : able[0];
}

/** The rectangle of the address in whole pixels, or the middle of the picture. */
function boxOf(text, {width, height}) {
    const given = (text ?? '').split(',').map(Number);
    const fits = given.length === 4 && given.every(Number.isInteger) && given[0] >= 0 && given[1] >= 0
        && given[2] <= width && given[3] <= height && given[0] < given[2] && given[1] < given[3];
    return fits ? given : [width >> 2, height >> 2, Math.max(1, Math.ceil(width * 3 / 4)),
        Math.max(1, Math.ceil(height * 3 / 4))];
}

/** The picture with its rectangle, which a mouse, a finger or the arrow keys move. */
function Drawn({picture, box, outlines}) {
    const image = useImage(pictureAddress(picture));
    const [draft, draw] = useState(null);
    const {width, height} = picture;
    const shown = draft ?? box;
    const ratio = drawnRatio(width, height);
    const paint = (g, w, h) => {
        const factors = [w / width, h / height];
        const scaled = points => points.map((at, i) => at * factors[i % 2]);
        g.fillStyle = '#fff';
        g.fillRect(0, 0, w, h);
        if (image) {
            g.drawImage(image, 0, 0, w, h);
        }
        outline(g, scaled(corners(shown)), '', 0, true);
        outlines.forEach(({polygons}) => polygons.forEach(points => outline(g, scaled(points), '', 1, true)));
    };
    const drag = ([ax, ay], [bx, by], done) => {
        const next = [Math.floor(Math.min(ax, bx) * width), Math.floor(Math.min(ay, by) * height),
            Math.ceil(Math.max(ax, bx) * width), Math.ceil(Math.max(ay, by) * height)];
        const whole = next[2] - next[0] > 1 && next[3] - next[1] > 1;
        draw(done || !whole ? null : next);
        if (done && whole) {
            set({box: next.join(',')});
        }
    };
    const [dx, dy] = [Math.max(1, Math.round(width * STEP)), Math.max(1, Math.round(height * STEP))];
    const move = (x, y) => () => {
        const right = Math.min(width - box[2], Math.max(-box[0], x * dx));
        const down = Math.min(height - box[3], Math.max(-box[1], y * dy));
        set({box: [box[0] + right, box[1] + down, box[2] + right, box[3] + down].join(',')});
    };
    const grow = (x, y) => () => set({box: [box[0], box[1], Math.min(width, Math.max(box[0] + 1, box[2] + x * dx)),
        Math.min(height, Math.max(box[1] + 1, box[3] + y * dy))].join(',')});
    return html`<${Canvas} ratio=${ratio} most=${Math.round(480 * Math.min(1, 1 / ratio))} framed=${true} draw=${paint}
        drag=${drag} label=${`${picture.name || 'Your picture'} with a rectangle from ${box[0]}, ${box[1]} to ${box[2]}, ${box[3]}`}
        keys=${{ArrowLeft: move(-1, 0), ArrowRight: move(1, 0), ArrowUp: move(0, -1), ArrowDown: move(0, 1),
            'Shift+ArrowLeft': grow(-1, 0), 'Shift+ArrowRight': grow(1, 0), 'Shift+ArrowUp': grow(0, -1),
            'Shift+ArrowDown': grow(0, 1)}} />`;
}
