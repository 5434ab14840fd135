// Figure "kernel": the machine code that multiplies here, instruction by instruction.

import {html} from '../vendor/preact-htm.js';
import {Choice, Problem, Waiting} from '../core/widgets.js';
import {Figure} from '../core/figure.js';
import {json, useData} from '../core/api.js';
import {set} from '../core/state.js';
import {useStudio} from '../core/studio.js';

/** Instructions that multiply and add. */
const PRODUCTS = /^(\{vex} )?(vfmadd|vpdp|vdp|vpmaddwd)/;

export function Kernel() {
    const {view} = useStudio();
    const names = useData('kernels', signal => json('api/kernels', signal));
    const list = names.data?.kernels ?? [];
    const name = list.includes(view.params.kernel) ? view.params.kernel : list[0];
    const code = useData(name ? `kernel ${name}` : null, signal => json(`api/kernels/${name}`, signal));
    const lines = code.data?.lines ?? [];
    const instructions = lines.filter(({bytes}) => bytes);
    const products = instructions.filter(({text}) => PRODUCTS.test(text)).length;
    const size = instructions.reduce((sum, {bytes}) => sum + bytes.split(' ').length, 0);
    const sentence = lines.length
        ? `${name} has ${instructions.length} instructions in ${size} bytes; ${products} of them multiply and add. Java wrote them when the program started.`
        : '';
    const failed = names.error ?? code.error;
    return html`<${Figure} id="kernel" drawn=${false} title="The innermost loop: machine code that Java writes"
        lead="A tile of the result stays in registers while rows of A meet columns of B. The loop between L1 and its jump runs for most of the time of a model."
        controls=${list.length > 0 && html`<${Choice} label="Kernel" value=${name}
            change=${chosen => set({kernel: chosen})} options=${list.map(one => [one, one])} />`}
        sentence=${sentence} numbers=${code.data}>
        ${failed ? html`<${Problem} error=${failed} again=${names.again} />` : !names.data || name && !code.data
            ? html`<${Waiting} /> ` : !name
        ? html`<p class="empty">There is no machine code for ${names.data.device} here: it computes with the Vector API of Java, or with plain loops. ./fovea devices says why.</p>`
        : html`<div class="scroll listing" tabindex="0" role="group" aria-label=${name}><table class="asm">
            <thead><tr>${['address', 'bytes', 'instruction', 'what it does'].map(head => html`<th
                scope="col">${head}</th>`)}</tr></thead>
            <tbody>${lines.map(({at, bytes, text, comment}, i) => bytes
            ? html`<tr key=${i} class=${PRODUCTS.test(text) ? 'product' : ''}><th scope="row">${at}</th><td>${bytes}</td>
                <td>${text}</td><td>${comment}</td></tr>`
            : html`<tr key=${i} class="label"><th scope="rowgroup" colspan="4">${at}:</th></tr>`)}</tbody></table></div>
            <p class="facts">The terminal prints the same: <code>benchmarks/run listing ${name}</code></p>`}
    <//>`;
}
