// Figure "recordings": every array that the image tower computes, as files of NumPy's.

import {html, useState} from '../vendor/preact-htm.js';
import {compact} from '../core/numbers.js';
import {Figure, Ready} from '../core/figure.js';
import {Line} from '../core/widgets.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useJson} from '../core/runs.js';

const LISTED = 200;

export function Recordings() {
    const studio = useStudio();
    const {run, body, model} = useClipRun(studio);
    const recordings = useJson(run, 'recordings');
    const [filter, narrow] = useState('');
    const all = recordings.data ?? [];
    const listed = all.filter(({name}) => name.includes(filter));
    const total = all.reduce((sum, {rows, columns}) => sum + rows * columns, 0);
    const sentence = all.length ? `${model.name} computes ${all.length} arrays of this picture, ${compact(total)} numbers together.` : '';
    const address = name => `api/runs/${run.result.run}/recording?name=${encodeURIComponent(name)}`;
    return html`<${Figure} id="recordings" drawn=${false} title="Recordings: every array, to take elsewhere"
        lead="By the names of the modules, in the order of computing. A file opens with numpy.load in Python; Java has the same from RecordingBackend."
        controls=${recordings.data && html`<${Line} label="Name contains" value=${filter} change=${narrow}
            button="Filter" placeholder="for example layers.3" />`}
        sentence=${sentence} numbers=${recordings.data} recipe=${{body, path: 'recordings'}}>
        <${Ready} run=${run} of=${recordings}>${() => html`<div class="scroll listing" tabindex="0" role="group" aria-label="Arrays"><table>
            <thead><tr>${['file', 'rows', 'columns'].map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
            <tbody>${listed.slice(0, LISTED).map(({name, rows, columns}) => html`<tr key=${name}><th scope="row"><a href=${address(name)}
                download=${`${name}.npy`}>${name}.npy</a></th><td>${rows}</td><td>${columns}</td></tr>`)}</tbody></table></div>
            ${listed.length > LISTED && html`<p class="facts">The first ${LISTED} of ${listed.length}; narrow the names.</p>`}`}<//>
    <//>`;
}
