// Room "machine": where the time of one pass goes, what this machine could do, and what coarser numbers cost.

import {html} from '../vendor/preact-htm.js';
import {Histogram} from '../figures/histogram.js';
import {Kernel} from '../figures/kernel.js';
import {Operations} from '../figures/operations.js';
import {Pages} from './pages.js';
import {Precision} from '../figures/precision.js';
import {Recordings} from '../figures/recordings.js';
import {Timeline} from '../figures/timeline.js';
import {useStudio} from '../core/studio.js';

/** Figures by their part of the address: title, component, and the server's figure. */
export const MACHINE = {
    timeline: ['Time line', Timeline, 'timeline'],
    operations: ['Operations', Operations, 'operations'],
    kernel: ['Machine code', Kernel, 'kernel'],
    recordings: ['Recordings', Recordings, 'recordings'],
    weights: ['Weights', Histogram, 'histogram'],
    precision: ['Precision', Precision, 'precision']
};

/** The figures that the server has for the chosen model. */
export const machinePages = ({figures, model}) => Object.fromEntries(Object.entries(MACHINE)
    .filter(([, [, , id]]) => figures[id]?.kinds.includes(model.kind)));

export function Machine() {
    return html`<${Pages} room="machine" label="Figures" pages=${machinePages(useStudio())} />`;
}
