// Room "machine": where the time of one pass goes, what this machine could do, and what coarser numbers cost.

import {html} from '../vendor/preact-htm.js';
import {lazy} from '../core/lazy.js';
import {Pages} from './pages.js';
import {useStudio} from '../core/studio.js';

/** Figures by their part of the address: title, component, and the server's figure. */
export const MACHINE = {
    timeline: ['Time line', lazy(() => import('../figures/timeline.js'), 'Timeline'), 'timeline'],
    operations: ['Operations', lazy(() => import('../figures/operations.js'), 'Operations'), 'operations'],
    kernel: ['Machine code', lazy(() => import('../figures/kernel.js'), 'Kernel'), 'kernel'],
    recordings: ['Recordings', lazy(() => import('../figures/recordings.js'), 'Recordings'), 'recordings'],
    weights: ['Weights', lazy(() => import('../figures/histogram.js'), 'Histogram'), 'histogram'],
    precision: ['Precision', lazy(() => import('../figures/precision.js'), 'Precision'), 'precision']
};

/** The figures that the server has for the chosen model. */
export const machinePages = ({figures, model}) => Object.fromEntries(Object.entries(MACHINE)
    .filter(([, [, , id]]) => figures[id]?.kinds.includes(model.kind)));

export function Machine() {
    return html`<${Pages} room="machine" label="Figures" pages=${machinePages(useStudio())} />`;
}
