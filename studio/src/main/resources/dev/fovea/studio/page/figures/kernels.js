// Figure "kernel": the instructions that Java wrote for the innermost loop.

import {html} from '../vendor/preact-htm.js';
import {Choice} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {json, useData} from '../core/api.js';
import {set} from '../core/state.js';
import {useStudio} from '../core/studio.js';

export function Kernels() {
    const {view, model, picture} = useStudio();
    const machine = useData('machine', signal => json('api/machine', signal));
    const names = machine.data?.kernels ?? [];
    const name = names.includes(view.params.kernel) ? view.params.kernel : names[0];
    const listing = useData(name ? `kernel ${name}` : null,
        signal => json(`api/kernels?name=${encodeURIComponent(name)}`, signal));
    const lines = listing.data?.listing.trimEnd().split('\n');
    const sentence = lines
        ? `${name} is ${lines.length} lines of machine code, written into memory by Java when it is first needed.` : '';
    return html`<${Figure} id="kernel" drawn=${false} title="Machine code of a kernel" equation=""
        lead="The innermost loop of a product, as this processor runs it: no compiler and no native library wrote it."
        controls=${names.length > 0 && html`<${Choice} label="Kernel" value=${name} change=${kernel => set({kernel})}
            options=${names.map(one => [one, one])} />`}
        sentence=${sentence} numbers=${listing.data}
            recipe=${{body: {kind: 'machine', model: model.name, picture: picture.id}}}>
        <${Ready} of=${[machine, names.length || !machine.data ? listing : null]}>${() => lines
            ? html`<pre class="code listing" tabindex="0" role="group"
            aria-label=${`Listing of ${name}`}>${lines.map((line, i) => html`<span class="row" key=${i}><span
                class="nr" aria-hidden="true">${i + 1}</span><code>${line}\n</code></span>`)}</pre>`
        : html`<p
        class="empty">No machine code runs on this device: its kernels are compiled from Java by the JVM.</p>`}<//>
    <//>`;
}
