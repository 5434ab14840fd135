// Figure "space": all pictures of the strip on axes that are made of words.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Problem, Waiting} from '../core/widgets.js';
import {Figure} from '../core/figure.js';
import {fixed} from '../core/numbers.js';
import {linear, shortened} from '../core/axes.js';
import {COMPARES, modelFor, useStudio} from '../core/studio.js';
import {pictureAddress} from './picture-map.js';
import {set} from '../core/state.js';
import {stream} from '../core/api.js';
import {themed} from '../core/colour.js';

const USUAL = ['an animal', 'a plant', 'something red', 'something green'];

const THUMB = 44;

export function Space() {
    const studio = useStudio();
    const {pictures, view} = studio;
    const model = modelFor(studio, ...COMPARES);
    const given = view.params.axes?.split('|').filter(Boolean) ?? [];
    const words = given.length === 4 ? given : USUAL;
    const {points, error} = usePoints(model, pictures, words);
    const done = points.length === pictures.length;
    const most = done && points.reduce((best, point) => point.x > best.x ? point : best);
    const sentence = done
        ? `Of ${points.length} pictures ${most.name} is most “${words[0]}” rather than “${words[1]}”.` : '';
    return html`<${Figure} id="space" title="Pictures on axes made of words"
        lead="Two words make an axis: the cosine with the first minus the cosine with the second. Right of the middle a picture is more the one, left of it more the other."
        controls=${html`<${Axes} words=${words} change=${chosen => set({axes: chosen.join('|')})} />`}
        sentence=${sentence} numbers=${points.map(({name, x, y}) => ({name, x, y}))}
        recipe=${{body: {kind: 'clip', model: model.name, picture: studio.picture.id, labels: words, templates: []}}}
        table=${done ? {head: ['picture', `${words[0]} − ${words[1]}`, `${words[2]} − ${words[3]}`],
            rows: points.map(({name, x, y}) => [name, fixed(x), fixed(y)])} : null}>
        ${error ? html`<${Problem} error=${error} />` : !done ? html`<${Waiting} what="Embedding the pictures" />`
            : html`<${Canvas} ratio=${0.72} most=${760}
            draw=${(g, width, height) => paint(g, width, height, points, words)}
                label=${`${sentence} ${points.map(({name, x,
                y}) => `${name} ${fixed(x, 2)}, ${fixed(y, 2)}`).join('; ')}`} />`}
    <//>`;
}

/** Two words for each axis. */
function Axes({words, change}) {
    const [texts, type] = useState(words);
    useEffect(() => type(words), [words.join('|')]);
    const field = (i, label) => html`<input type="text" value=${texts[i]} maxlength="100" aria-label=${label}
        autocomplete="off"
        onInput=${event => type(texts.map((text, j) => j === i ? event.target.value : text))} />`;
    return html`<form class="axes" onSubmit=${event => {
        event.preventDefault();
        const chosen = texts.map((text, i) => text.replaceAll('|', ' ').trim() || words[i]);
        change(chosen);
    }}><span>Across</span>${field(1, 'To the left')}<span>to</span>${field(0, 'To the right')}
        <span>Up</span>${field(3, 'Below')}<span>to</span>${field(2, 'Above')}<button
        type="submit">Show</button></form>`;
}

/** Asks for each picture's cosines with the four words, one picture after the other. */
function usePoints(model, pictures, words) {
    const key = [model.name, ...words, ...pictures.map(({id}) => id)].join('|');
    const [state, show] = useState({key: '', points: [], error: null});
    useEffect(() => {
        const abort = new AbortController();
        const points = [];
        (async () => {
            for (const picture of pictures) {
                const body = {kind: 'clip', model: model.name, picture: picture.id, labels: words, templates: []};
                const {labels} = await stream('api/runs', body, () => {}, abort.signal);
                const [right, left, top, bottom] = labels.map(({cosine}) => cosine);
                points.push({name: picture.name || 'your picture', x: right - left, y: top - bottom,
                    image: await thumb(picture)});
            }
            show({key, points, error: null});
        })().catch(error => error.name === 'AbortError' || show({key, points: [], error}));
        return () => abort.abort();
    }, [key]);
    return state.key === key ? state : {points: [], error: null};
}

async function thumb(picture) {
    const image = new Image();
    image.src = pictureAddress(picture);
    await image.decode();
    return image;
}

function paint(g, width, height, points, words) {
    const margin = THUMB / 2 + 26;
    const far = name => 1.05 * Math.max(0.02, ...points.map(point => Math.abs(point[name])));
    const sx = linear(-far('x'), far('x'), margin, width - margin);
    const sy = linear(-far('y'), far('y'), height - margin, margin);
    g.strokeStyle = themed('--line');
    g.strokeRect(0.5, 0.5, width - 1, height - 1);
    g.beginPath();
    g.moveTo(sx(0), 0);
    g.lineTo(sx(0), height);
    g.moveTo(0, sy(0));
    g.lineTo(width, sy(0));
    g.stroke();
    for (const {x, y, image} of points) {
        const factor = THUMB / Math.max(image.naturalWidth, image.naturalHeight);
        const [wide, high] = [image.naturalWidth * factor, image.naturalHeight * factor];
        g.fillStyle = '#fff';
        g.fillRect(sx(x) - wide / 2 - 2, sy(y) - high / 2 - 2, wide + 4, high + 4);
        g.drawImage(image, sx(x) - wide / 2, sy(y) - high / 2, wide, high);
        g.strokeRect(sx(x) - wide / 2 - 2, sy(y) - high / 2 - 2, wide + 4, high + 4);
    }
    g.font = '600 13px Inter, system-ui, sans-serif';
    g.fillStyle = themed('--ink');
    g.textAlign = 'right';
    g.fillText(`${shortened(words[0], 24)} →`, width - 8, sy(0) - 8);
    g.textAlign = 'left';
    g.fillText(`← ${shortened(words[1], 24)}`, 8, sy(0) - 8);
    g.fillText(`↑ ${shortened(words[2], 24)}`, sx(0) + 8, 18);
    g.fillText(`↓ ${shortened(words[3], 24)}`, sx(0) + 8, height - 9);
}
