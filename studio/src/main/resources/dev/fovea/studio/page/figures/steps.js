// Figure "picture": the file's pixels, resized, cropped and normalised, and the arithmetic of one pixel.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {Canvas, useImage} from '../core/canvas.js';
import {dim, drawnRatio, mark} from '../core/draw.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed} from '../core/numbers.js';
import {pictureAddress, useSteps} from './picture-map.js';
import {set} from '../core/state.js';
import {useStudio} from '../core/studio.js';

const STAGES = [['original', 'The file'], ['resized', 'Resized'], ['cropped', 'Cropped'], ['normalized', 'Normalised']];

export function Steps() {
    const studio = useStudio();
    const {model, picture, view} = studio;
    const steps = useSteps(model, picture);
    const image = stage => pictureAddress(picture, stage === 'original' ? ''
        : `?model=${encodeURIComponent(model.name)}&step=${stage}`);
    const images = Object.fromEntries(STAGES.map(([stage]) => [stage, useImage(image(stage))]));
    const data = steps.data;
    const size = data?.crop.width;
    const pixel = pixelOf(view.params.pixel, data?.crop);
    const colour = useColour(images.cropped, pixel);
    const lost = data && 1 - data.seen.width * data.seen.height / (data.original.width * data.original.height);
    const rows = data && colour && ['red', 'green',
        'blue'].map((name, c) => [name, colour[c], fixed(colour[c] * data.rescale, 4),
        fixed(data.mean[c], 4), fixed(data.std[c], 4),
            fixed((colour[c] * data.rescale - data.mean[c]) / data.std[c], 4)]);
    const pick = (x, y) => set({pixel: `${Math.min(size - 1, Math.floor(x * size))},${Math.min(data.crop.height - 1,
        Math.floor(y * data.crop.height))}`});
    const move = (right, down) => () => set({pixel: [Math.min(size - 1, Math.max(0, pixel[0] + right)),
        Math.min(data.crop.height - 1, Math.max(0, pixel[1] + down))].join(',')});
    return html`<${Figure} id="steps" title="From the file to the model’s pixels"
        lead="What the model is given is small, cropped and shifted. Choose a pixel of the cropped picture to follow its three numbers."
        sentence=${data
            && `${picture.name
            || 'The picture'} has ${data.original.width} × ${data.original.height} pixels; the model sees ${size} × ${data.crop.height}. ${lost > 0.001
            ? `${lost > 0.99 ? 'More than 99' : Math.round(lost * 100)}% of the picture was cut off.`
            : 'Nothing was cut off.'}`}
        table=${rows && {head: ['colour', 'after cropping, 0 to 255', 'divided by 255', 'mean', 'deviation',
            'what the model gets'], rows}}
        numbers=${data && {...data, pixel, rows}}
            recipe=${{body: {kind: 'clip', model: model.name, picture: picture.id, labels: ['a picture']}}}>
        <${Ready} of=${steps}>${() => html`<div
            class="stages">${STAGES.map(([stage, title]) => html`<figure key=${stage}>
            <${Canvas} most=${260} framed=${true}
                ratio=${drawnRatio(sizeOf(stage, data).width, sizeOf(stage, data).height)}
                draw=${(g, width, height) => paint(g, width, height, stage, images[stage], data, pixel)}
                label=${`${title}: ${sizeText(stage, data)}`} pick=${stage === 'cropped' ? pick : undefined}
                keys=${stage === 'cropped' ? {ArrowLeft: move(-1, 0), ArrowRight: move(1, 0), ArrowUp: move(0, -1),
                    ArrowDown: move(0, 1)} : undefined} />
            <figcaption><b>${title}</b> ${sizeText(stage, data)}</figcaption></figure>`)}</div>
            ${rows && html`<table class="sum">
                <caption>The pixel in column ${pixel[0] + 1}, row ${pixel[1] + 1}</caption>
                <thead><tr><th scope="col"></th><th scope="col">0 to 255</th><th scope="col">÷ 255</th><th
                    scope="col">− mean</th><th scope="col">÷ deviation</th><th scope="col">= value</th></tr></thead>
                <tbody>${rows.map(row => html`<tr>${row.map((cell, i) => i
                    ? html`<td class=${i === 5 ? 'strong' : ''}>${cell}</td>`
                    : html`<th scope="row">${cell}</th>`)}</tr>`)}</tbody></table>`}`}<//>
    <//>`;
}

const sizeOf = (stage, data) => data[{original: 'original', resized: 'resized'}[stage] ?? 'crop'];

const sizeText = (stage, data) => {
    const {width, height} = sizeOf(stage, data);
    return `${width} × ${height}${stage === 'resized' ? `, ${data.resized.filter}` : ''}`;
};

function pixelOf(text, crop) {
    const [x, y] = (text ?? '').split(',').map(Number);
    return crop && (Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0 && x < crop.width
        && y < crop.height ? [x, y]
        : [crop.width >> 1, crop.height >> 1]);
}

function paint(g, width, height, stage, image, data, pixel) {
    g.fillStyle = '#fff';
    g.fillRect(0, 0, width, height);
    if (image) {
        g.imageSmoothingEnabled = stage === 'original';
        g.drawImage(image, 0, 0, width, height);
    }
    if (stage === 'original') {
        const [fx, fy] = [width / data.original.width, height / data.original.height];
        dim(g, width, height, {x: data.seen.x * fx, y: data.seen.y * fy, width: data.seen.width * fx,
            height: data.seen.height * fy});
    }
    if (stage === 'cropped') {
        const side = width / data.crop.width;
        mark(g, pixel[0] * side - 1, pixel[1] * side - 1, side + 2, side + 2);
    }
}

/** Reads one pixel of a picture. */
function useColour(image, pixel) {
    const [colour, keep] = useState(null);
    useEffect(() => {
        if (image && pixel) {
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const g = canvas.getContext('2d', {willReadFrequently: true});
            g.drawImage(image, 0, 0);
            keep(Array.from(g.getImageData(...pixel, 1, 1).data.slice(0, 3)));
        }
    }, [image, pixel?.join()]);
    return colour;
}
