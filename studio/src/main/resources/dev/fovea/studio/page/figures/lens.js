// Figure "lens", the logit lens: what the class token would answer if the tower ended after each layer.

import {html} from '../vendor/preact-htm.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest} from '../core/numbers.js';
import {LineChart} from '../core/axes.js';
import {Tabs} from '../core/widgets.js';
import {set} from '../core/state.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useJson} from '../core/runs.js';

const MOST = 10;

export function Lens() {
    const studio = useStudio();
    const {run, body} = useClipRun(studio);
    const lens = useJson(run, 'lens');
    const ranks = studio.view.params.show === 'ranks';
    const data = lens.data;
    const best = layer => data.labels[largest(data.cosines[layer], 1)[0]];
    const final = data && best(data.cosines.length - 1);
    const settled = data && data.cosines.length - 1 - [...data.cosines].reverse().findIndex((row,
        i) => best(data.cosines.length - 1 - i) !== final);
    const sentence = !data ? '' : settled >= data.cosines.length ? `“${final}” is nearest from the beginning.`
        : `At the end “${final}” is nearest; it leads ${settled + 1 >= data.cosines.length - 1
        ? 'only since the last layer' : `since layer ${settled + 1}`}.`;
    const xs = data && data.cosines.map((row, layer) => layer);
    const series = data && data.labels.slice(0,
        MOST).map((name, i) => ({name, values: (ranks ? data.ranks : data.cosines).map(row => ranks ? -row[i]
        : row[i])}));
    return html`<${Figure} id="lens" title="The answer, layer by layer" svg=${true}
        lead="The logit lens: the last norm and the projection, applied to the class token after every layer. They were trained for the last one only: early values mean little, so look at ranks too."
        controls=${html`<${Tabs} label="Show" value=${ranks ? 'ranks' : 'cosines'}
            change=${show => set({show: show === 'ranks' ? show : ''})}
            options=${[['cosines', 'Cosines'], ['ranks', 'Ranks']]} />`}
        sentence=${sentence} numbers=${data} recipe=${{body, path: 'lens'}}
        table=${data && {head: ['after layer', ...data.labels],
            rows: data.cosines.map((row, layer) => [layer || 'embeddings',
            ...row.map((value, i) => `${fixed(value)} (${data.ranks[layer][i]}.)`)])}}>
        <${Ready} run=${run} of=${lens}>${() => html`<${LineChart} series=${series} xs=${xs}
            x="after layer (0: embeddings)" y=${ranks ? 'rank, first on top' : 'cosine'} label=${sentence}
            height=${320} />`}<//>
    <//>`;
}
