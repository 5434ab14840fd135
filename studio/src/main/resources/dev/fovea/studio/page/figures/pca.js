// Figure "pca": the three directions in which patches differ most, as red, green and blue.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, place} from '../core/numbers.js';
import {PictureMap, useSteps} from './picture-map.js';
import {set, whole} from '../core/state.js';
import {Slider} from '../core/widgets.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useFloats} from '../core/runs.js';

export function Pca() {
    const studio = useStudio();
    const {run, body, model} = useClipRun(studio);
    const steps = useSteps(model, studio.picture);
    const vision = run?.result?.vision;
    const last = vision?.lastWhole ?? 1;
    const layer = whole(studio.view.params, 'layer', last, 0, last);
    const pca = useFloats(run, vision ? `pca?layer=${layer}` : null);
    const sentence = vision ? `Patches of one colour are alike for the model ${layer
        ? `after layer ${layer} of ${vision.layers}` : last ? 'before its first layer' : 'in the last map'}; which colour it is means nothing.`
        : '';
    const draw = (g, width, height) => {
        const {patchRows: rows, patchColumns: columns} = vision;
        for (let i = 0; i < rows * columns; i++) {
            g.fillStyle = `rgb(${[0, 1, 2].map(c => Math.round(pca.data.data[3 * i + c] * 255)).join(' ')})`;
            const [x, y] = [i % columns, Math.floor(i / columns)];
            g.fillRect(Math.floor(x * width / columns), Math.floor(y * height / rows), Math.ceil(width / columns),
                Math.ceil(height / rows));
        }
    };
    return html`<${Figure} id="pca" title="Patches as colours: the three main directions"
        lead="Without any label: what belongs together gets one colour. Compare an early layer with a late one."
        controls=${last > 0 && vision && html`<${Slider} label="After layer" value=${layer} least=${0} most=${last}
            text=${layer ? `${layer} of ${vision.layers}` : 'embeddings'} change=${value => set({layer: value})} />`}
        sentence=${sentence} numbers=${pca.data?.data} recipe=${{body, path: `pca?layer=${layer}`, values: {layer}}}
        table=${pca.data && {head: ['patch', 'red', 'green', 'blue'],
            rows: Array.from({length: pca.data.data.length / 3},
            (_, i) => [place(i, vision.patchColumns),
                ...[0, 1, 2].map(c => fixed(pca.data.data[3 * i + c], 2))])}}>
        <${Ready} run=${run} of=${[steps, pca]}>${() => html`<div class="two even"><figure><${PictureMap}
            picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows} columns=${vision.patchColumns}
            values=${null} most=${420} label="The picture; what the model did not see is dimmed" />
            <figcaption>The picture</figcaption></figure><figure><${Canvas}
                ratio=${vision.patchRows / vision.patchColumns} most=${420} draw=${draw} label=${sentence} />
                <figcaption>The part that the model sees, as three components</figcaption></figure></div>`}<//>
    <//>`;
}
