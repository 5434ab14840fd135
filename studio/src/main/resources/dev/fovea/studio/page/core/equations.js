// The equations of the figures as MathML, made once by temml 0.13.5 from the TeX that stands over each; see vendor/README.md.

import {html} from '../vendor/preact-htm.js';

/** What stands behind a figure, by the figure's id: the equation, and what its letters mean. */
export const EQUATIONS = {
    // x_{c} = \frac{p_{c} / 255 - \mu_{c}}{\sigma_{c}}
    steps: {
        where: 'p: a pixel of the cropped picture, from 0 to 255; c: red, green or blue; mean μ and deviation σ stand in the checkpoint.',
        math: () => html`<math display="block"><mrow><msub><mi>x</mi><mi>c</mi></msub><mo>=</mo><mfrac><mrow><msub><mi>p</mi>
            <mi>c</mi></msub><mi>/</mi><mn>255</mn><mo>−</mo><msub><mi>μ</mi><mi>c</mi></msub></mrow><msub>
            <mi>σ</mi><mi>c</mi></msub></mfrac></mrow></math>`
    },
    // z_{i} = E \, \mathrm{vec}(x_{i}) + e_{i}
    patches: {
        where: 'xᵢ: the pixels of patch i, laid end to end; E: a learned matrix, applied as a convolution; eᵢ: the position, added afterwards.',
        math: () => html`<math display="block"><mrow><msub><mi>z</mi><mi>i</mi></msub><mo>=</mo><mi>E</mi>
            <mspace width="0.1667em"></mspace><mpadded lspace="0"><mi>vec</mi></mpadded><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><msub><mi>x</mi><mi>i</mi></msub>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mo>+</mo><msub><mi>e</mi><mi>i</mi>
            </msub></mrow></math>`
    },
    // m_{j} = \frac{x_{i} \cdot x_{j}}{\lvert x_{i} \rvert \, \lvert x_{j} \rvert}
    similarity: {
        where: 'xᵢ: the row of the chosen patch before the last block; xⱼ: the row of another.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>j</mi></msub><mo>=</mo><mfrac><mrow><msub><mi>x</mi>
            <mi>i</mi></msub><mo>⋅</mo><msub><mi>x</mi><mi>j</mi></msub></mrow><mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">|</mo><msub><mi>x</mi><mi>i</mi></msub>
            <mo fence="true" form="postfix" stretchy="false">|</mo></mrow><mspace width="0.1667em"></mspace><mrow>
            <mo fence="true" form="prefix" stretchy="false">|</mo><msub><mi>x</mi><mi>j</mi></msub>
            <mo fence="true" form="postfix" stretchy="false">|</mo></mrow></mrow></mfrac></mrow></math>`
    },
    // A_{ij} = \frac{\exp(q_{i} \cdot k_{j} / \sqrt{d})}{\sum_{n} \exp(q_{i} \cdot k_{n} / \sqrt{d})}
    attention: {
        where: 'qᵢ: query of the chosen token; kⱼ: key of another; d: numbers in a head. A row sums to 1.',
        math: () => html`<math display="block"><mrow><msub><mi>A</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub><mo>=</mo><mfrac>
            <mrow><mrow><mi>exp</mi><mo>⁡</mo></mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo>
            <msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub><mi>k</mi><mi>j</mi></msub><mi>/</mi><msqrt><mi>d</mi>
            </msqrt><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow><mrow><msub>
            <mo movablelimits="false">∑</mo><mi>n</mi></msub><mrow><mi>exp</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub>
            <mi>k</mi><mi>n</mi></msub><mi>/</mi><msqrt><mi>d</mi></msqrt>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></mfrac></mrow></math>`
    },
    // B^{l} = \tfrac{1}{2} \left( \tfrac{1}{H} \sum_{h} A^{lh} + I \right) \qquad r = e_{0}^{\top} B^{L} \cdots B^{1}
    rollout: {
        where: 'A: attention of layer l, head h; H: heads; I: the residual connection; e₀ picks the class token.',
        math: () => html`<math display="block"><mrow><msup><mi>B</mi><mi>l</mi></msup><mo>=</mo>
            <mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mn>2</mn></mfrac></mstyle><mrow>
            <mo fence="true" form="prefix" stretchy="true">(</mo><mstyle displaystyle="false" scriptlevel="0">
            <mfrac><mn>1</mn><mi>H</mi></mfrac></mstyle><mrow><munder><mo movablelimits="false">∑</mo><mi>h</mi>
            </munder></mrow><msup><mi>A</mi><mrow><mi>l</mi><mi>h</mi></mrow></msup><mo>+</mo><mi>I</mi>
            <mo fence="true" form="postfix" stretchy="true">)</mo></mrow><mspace width="2em"></mspace><mi>r</mi>
            <mo>=</mo><msubsup><mi>e</mi><mn>0</mn><mi>⊤</mi></msubsup><msup><mi>B</mi><mi>L</mi></msup><mo>⋯</mo>
            <msup><mi>B</mi><mn>1</mn></msup></mrow></math>`
    },
    // c = \rho \cdot x_{0} + \sum_{l} \Big( \sum_{h,i} A^{lh}_{0i} \, (W_{o}^{h\top} \rho) \cdot v^{lh}_{i} + \rho \cdot b^{l} + \rho \cdot \mathrm{mlp}^{l} \Big) + \beta'
    contributions: {
        where: 'c: the cosine; ρ: the label’s direction, carried back through the projection and the last norm; x₀: the class token before the first block; β′: what the last norm’s β adds.',
        math: () => html`<math display="block"><mrow><mi>c</mi><mo>=</mo><mi>ρ</mi><mo>⋅</mo><msub><mi>x</mi><mn>0</mn></msub>
            <mo>+</mo><mrow><munder><mo movablelimits="false">∑</mo><mi>l</mi></munder></mrow>
            <mo fence="false" symmetric="true" minsize="1.8em" maxsize="1.8em">(</mo><mrow><munder>
            <mo movablelimits="false">∑</mo><mrow><mi>h</mi><mo separator="true">,</mo><mi>i</mi></mrow></munder>
            </mrow><msubsup><mi>A</mi><mrow><mn>0</mn><mi>i</mi></mrow><mrow><mi>l</mi><mi>h</mi></mrow></msubsup>
            <mspace width="0.1667em"></mspace><mo form="prefix" stretchy="false">(</mo><msubsup><mi>W</mi><mi>o</mi>
            <mrow><mi>h</mi><mi>⊤</mi></mrow></msubsup><mi>ρ</mi><mo form="postfix" stretchy="false">)</mo>
            <mo>⋅</mo><msubsup><mi>v</mi><mi>i</mi><mrow><mi>l</mi><mi>h</mi></mrow></msubsup><mo>+</mo><mi>ρ</mi>
            <mo>⋅</mo><msup><mi>b</mi><mi>l</mi></msup><mo>+</mo><mi>ρ</mi><mo>⋅</mo><msup><mpadded lspace="0">
            <mi>mlp</mi></mpadded><mi>l</mi></msup>
            <mo fence="false" symmetric="true" minsize="1.8em" maxsize="1.8em">)</mo><mo>+</mo><msup><mi>β</mi>
            <mo lspace="0em" rspace="0em">′</mo></msup></mrow></math>`
    },
    // m_{i} = \cos\!\big( P \, \mathrm{LN}(W_{o} v_{i} + b_{o}), \; w \big)
    maskclip: {
        where: 'vᵢ: value of patch i in the last block; P: the projection; w: the label’s embedding.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>i</mi></msub><mo>=</mo><mrow><mi>cos</mi><mo>⁡</mo>
            <mspace width="0.1667em"></mspace></mrow><mrow></mrow>
            <mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">(</mo><mi>P</mi>
            <mspace width="0.1667em"></mspace><mpadded lspace="0"><mi>LN</mi></mpadded>
            <mo form="prefix" stretchy="false">(</mo><msub><mi>W</mi><mi>o</mi></msub><msub><mi>v</mi><mi>i</mi>
            </msub><mo>+</mo><msub><mi>b</mi><mi>o</mi></msub><mo form="postfix" stretchy="false">)</mo>
            <mo separator="true">,</mo><mspace width="0.2778em"></mspace><mi>w</mi>
            <mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">)</mo></mrow></math>`
    },
    // (\mathrm{red}, \mathrm{green}, \mathrm{blue})_{i} = \left( u_{1}, u_{2}, u_{3} \right)^{\top} (x_{i} - \bar{x})
    pca: {
        where: 'u₁, u₂, u₃: the three directions in which the rows of the patches differ most.',
        math: () => html`<math display="block"><mrow><msub><mrow><mo fence="true" form="prefix" stretchy="false">(</mo>
            <mpadded lspace="0"><mi>red</mi></mpadded><mo separator="true">,</mo><mpadded lspace="0"><mi>green</mi>
            </mpadded><mo separator="true">,</mo><mpadded lspace="0"><mi>blue</mi></mpadded>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mi>i</mi></msub><mo>=</mo><msup><mrow>
            <mo fence="true" form="prefix" stretchy="true">(</mo><msub><mi>u</mi><mn>1</mn></msub>
            <mo separator="true">,</mo><msub><mi>u</mi><mn>2</mn></msub><mo separator="true">,</mo><msub><mi>u</mi>
            <mn>3</mn></msub><mo fence="true" form="postfix" stretchy="true">)</mo></mrow><mi>⊤</mi></msup><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><msub><mi>x</mi><mi>i</mi></msub><mo>−</mo><mover>
            <mi>x</mi><mo stretchy="false">‾</mo></mover><mo fence="true" form="postfix" stretchy="false">)</mo>
            </mrow></mrow></math>`
    },
    // n^{l}_{i} = \lvert x^{l}_{i} \rvert = \sqrt{\textstyle\sum_{c} (x^{l}_{ic})^{2}}
    norms: {
        where: 'x: the row of token i after layer l.',
        math: () => html`<math display="block"><mrow><msubsup><mi>n</mi><mi>i</mi><mi>l</mi></msubsup><mo>=</mo><mrow>
            <mo fence="true" form="prefix" stretchy="false">|</mo><msubsup><mi>x</mi><mi>i</mi><mi>l</mi></msubsup>
            <mo fence="true" form="postfix" stretchy="false">|</mo></mrow><mo>=</mo><msqrt>
            <mstyle scriptlevel="0" displaystyle="false"><msub><mo movablelimits="false">∑</mo><mi>c</mi></msub>
            <msup><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><msubsup><mi>x</mi><mrow><mi>i</mi>
            <mi>c</mi></mrow><mi>l</mi></msubsup><mo fence="true" form="postfix" stretchy="false">)</mo></mrow>
            <mn>2</mn></msup></mstyle></msqrt></mrow></math>`
    },
    // c^{l} = \cos\!\big( P \, \mathrm{LN}(x^{l}_{0}), \; w \big)
    lens: {
        where: 'x₀: the class token after layer l, put through the head that was trained for the last layer.',
        math: () => html`<math display="block"><mrow><msup><mi>c</mi><mi>l</mi></msup><mo>=</mo><mrow><mi>cos</mi><mo>⁡</mo>
            <mspace width="0.1667em"></mspace></mrow><mrow></mrow>
            <mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">(</mo><mi>P</mi>
            <mspace width="0.1667em"></mspace><mpadded lspace="0"><mi>LN</mi></mpadded>
            <mo form="prefix" stretchy="false">(</mo><msubsup><mi>x</mi><mn>0</mn><mi>l</mi></msubsup>
            <mo form="postfix" stretchy="false">)</mo><mo separator="true">,</mo><mspace width="0.2778em"></mspace>
            <mi>w</mi><mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">)</mo></mrow></math>`
    },
    // m_{i} = c(x) - c(x \text{ with patch } i \text{ grey})
    occlusion: {
        where: 'c: the cosine with the label; grey: zero after normalising, the mean colour of the training pictures.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>i</mi></msub><mo>=</mo><mi>c</mi><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>x</mi>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mo>−</mo><mi>c</mi><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>x</mi><mtext> with patch </mtext><mi>i</mi>
            <mtext> grey</mtext><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></math>`
    },
    // \mathrm{area} = \tfrac{1}{n} \sum_{k=1}^{n} \tfrac{1}{2} \left( c_{k-1} + c_{k} \right)
    curves: {
        where: 'cₖ: the cosine after k of n steps of covering patches (deletion) or uncovering them (insertion), in the map’s order.',
        math: () => html`<math display="block"><mrow><mpadded lspace="0"><mi>area</mi></mpadded><mo>=</mo>
            <mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mi>n</mi></mfrac></mstyle><mrow>
            <munderover><mo movablelimits="false">∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi>
            </munderover></mrow><mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mn>2</mn></mfrac>
            </mstyle><mrow><mo fence="true" form="prefix" stretchy="true">(</mo><msub><mi>c</mi><mrow><mi>k</mi>
            <mo>−</mo><mn>1</mn></mrow></msub><mo>+</mo><msub><mi>c</mi><mi>k</mi></msub>
            <mo fence="true" form="postfix" stretchy="true">)</mo></mrow></mrow></math>`
    },
    // m_{i} = \mathrm{relu} \Big( s_{i} \sum_{d} g_{d} \, v_{id} \Big)
    'grad-eclip': {
        where: 'g: gradient of the cosine at the heads’ outputs; v: values; s: how alike the query and key i are, from 0 to 1.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>i</mi></msub><mo>=</mo><mpadded lspace="0"><mi>relu</mi>
            </mpadded><mo fence="false" symmetric="true" minsize="1.8em" maxsize="1.8em">(</mo><msub><mi>s</mi>
            <mi>i</mi></msub><mrow><munder><mo movablelimits="false">∑</mo><mi>d</mi></munder></mrow><msub>
            <mi>g</mi><mi>d</mi></msub><mspace width="0.1667em"></mspace><msub><mi>v</mi><mrow><mi>i</mi><mi>d</mi>
            </mrow></msub><mo fence="false" symmetric="true" minsize="1.8em" maxsize="1.8em">)</mo></mrow></math>`
    },
    // m_{i} = \tfrac{1}{H} \sum_{h} \mathrm{relu} \big( A^{h}_{0i} \, (g_{h} \cdot v^{h}_{i}) \big)
    chefer: {
        where: 'g: gradient of the cosine at the heads’ outputs of the last block; A: attention; v: values.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>i</mi></msub><mo>=</mo>
            <mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mi>H</mi></mfrac></mstyle><mrow><munder>
            <mo movablelimits="false">∑</mo><mi>h</mi></munder></mrow><mpadded lspace="0"><mi>relu</mi></mpadded>
            <mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">(</mo><msubsup><mi>A</mi><mrow>
            <mn>0</mn><mi>i</mi></mrow><mi>h</mi></msubsup><mspace width="0.1667em"></mspace>
            <mo form="prefix" stretchy="false">(</mo><msub><mi>g</mi><mi>h</mi></msub><mo>⋅</mo><msubsup><mi>v</mi>
            <mi>i</mi><mi>h</mi></msubsup><mo form="postfix" stretchy="false">)</mo>
            <mo fence="false" symmetric="true" minsize="1.2em" maxsize="1.2em">)</mo></mrow></math>`
    },
    // (a, b) = \operatorname*{arg\,min}_{\text{neighbours}} \; \mathrm{rank}(a, b)
    merges: {
        where: 'Of all neighbours, those that stand earliest in the list of merges become one piece, until no pair is in the list.',
        math: () => html`<math display="block"><mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><mi>a</mi>
            <mo separator="true">,</mo><mi>b</mi><mo fence="true" form="postfix" stretchy="false">)</mo></mrow>
            <mo>=</mo><munder><mi>arg min</mi><mtext>neighbours</mtext></munder><mo>⁡</mo><mspace width="0.1667em">
            </mspace><mspace width="0.2778em"></mspace><mpadded lspace="0"><mi>rank</mi></mpadded><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>a</mi><mo separator="true">,</mo><mi>b</mi>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></math>`
    },
    // A_{ij} = \frac{\exp(q_{i} \cdot k_{j} / \sqrt{d})}{\sum_{n \le i} \exp(q_{i} \cdot k_{n} / \sqrt{d})} \quad (j \le i)
    'text-attention': {
        where: 'A token of a text sees itself and what stands before it, nothing after it.',
        math: () => html`<math display="block"><mrow><msub><mi>A</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub><mo>=</mo><mfrac>
            <mrow><mrow><mi>exp</mi><mo>⁡</mo></mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo>
            <msub><mi>q</mi><mi>i</mi></msub><mo>⋅</mo><msub><mi>k</mi><mi>j</mi></msub><mi>/</mi><msqrt><mi>d</mi>
            </msqrt><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow><mrow><msub>
            <mo movablelimits="false">∑</mo><mrow><mi>n</mi><mo>≤</mo><mi>i</mi></mrow></msub><mrow><mi>exp</mi>
            <mo>⁡</mo></mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><msub><mi>q</mi><mi>i</mi>
            </msub><mo>⋅</mo><msub><mi>k</mi><mi>n</mi></msub><mi>/</mi><msqrt><mi>d</mi></msqrt>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></mfrac><mspace width="1em">
            </mspace><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><mi>j</mi><mo>≤</mo><mi>i</mi>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></math>`
    },
    // p_{i} = \frac{\exp(\tau \cos(u, w_{i}))}{\sum_{j} \exp(\tau \cos(u, w_{j}))}
    score: {
        where: 'u: embedding of the picture; wᵢ: embedding of a label; τ: the factor that was learned, 1 / temperature.',
        math: () => html`<math display="block"><mrow><msub><mi>p</mi><mi>i</mi></msub><mo>=</mo><mfrac><mrow><mrow><mi>exp</mi>
            <mo>⁡</mo></mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><mi>τ</mi><mrow>
            <mspace width="0.1667em"></mspace><mi>cos</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>u</mi><mo separator="true">,</mo><msub>
            <mi>w</mi><mi>i</mi></msub><mo fence="true" form="postfix" stretchy="false">)</mo></mrow>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow><mrow><msub>
            <mo movablelimits="false">∑</mo><mi>j</mi></msub><mrow><mi>exp</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>τ</mi><mrow><mspace width="0.1667em"></mspace>
            <mi>cos</mi><mo>⁡</mo></mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><mi>u</mi>
            <mo separator="true">,</mo><msub><mi>w</mi><mi>j</mi></msub>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></mfrac></mrow></math>`
    },
    // p_{i} = \frac{1}{1 + \exp(-\tau \cos(u, w_{i}) - b)}
    sigmoid: {
        where: 'u: embedding of the picture; wᵢ: embedding of a label; τ and b: learned numbers.',
        math: () => html`<math display="block"><mrow><msub><mi>p</mi><mi>i</mi></msub><mo>=</mo><mfrac><mn>1</mn><mrow><mn>1</mn>
            <mo>+</mo><mrow><mi>exp</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mo form="prefix" stretchy="false">−</mo>
            <mi>τ</mi><mrow><mspace width="0.1667em"></mspace><mi>cos</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>u</mi><mo separator="true">,</mo><msub>
            <mi>w</mi><mi>i</mi></msub><mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mo>−</mo>
            <mi>b</mi><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></mfrac></mrow></math>`
    },
    // m_{t} = \tfrac{1}{L H} \sum_{l,h} A^{lh}_{t}
    words: {
        where: 'A: cross-attention of token t over the picture, in layer l and head h; the tokens of a word are averaged.',
        math: () => html`<math display="block"><mrow><msub><mi>m</mi><mi>t</mi></msub><mo>=</mo>
            <mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mrow><mi>L</mi><mi>H</mi></mrow></mfrac>
            </mstyle><mrow><munder><mo movablelimits="false">∑</mo><mrow><mi>l</mi><mo separator="true">,</mo>
            <mi>h</mi></mrow></munder></mrow><msubsup><mi>A</mi><mi>t</mi><mrow><mi>l</mi><mi>h</mi></mrow>
            </msubsup></mrow></math>`
    },
    // s(y) = \frac{1}{\lvert y \rvert^{\alpha}} \sum_{t} \log p(y_{t} \mid y_{<t}, \text{picture})
    beams: {
        where: 'y: a candidate; α: the penalty of the length; at each step the best candidates of all beams are kept.',
        math: () => html`<math display="block"><mrow><mi>s</mi><mrow><mo fence="true" form="prefix" stretchy="false">(</mo>
            <mi>y</mi><mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mo>=</mo><mfrac><mn>1</mn>
            <msup><mrow><mo fence="true" form="prefix" stretchy="false">|</mo><mi>y</mi>
            <mo fence="true" form="postfix" stretchy="false">|</mo></mrow><mi>α</mi></msup></mfrac><mrow><munder>
            <mo movablelimits="false">∑</mo><mi>t</mi></munder></mrow><mrow><mi>log</mi><mo>⁡</mo>
            <mspace width="0.1667em"></mspace></mrow><mi>p</mi><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><msub><mi>y</mi><mi>t</mi></msub>
            <mo lspace="0.22em" rspace="0.22em" stretchy="false">|</mo><msub><mi>y</mi><mrow>
            <mo lspace="0em" rspace="0em">${'<'}</mo><mi>t</mi></mrow></msub><mo separator="true">,</mo>
            <mtext>picture</mtext><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></math>`
    },
    // x = \left( b + \tfrac{1}{2} \right) \frac{\mathrm{width}}{1000}
    places: {
        where: 'b: the number in a location token, 0 to 999.',
        math: () => html`<math display="block"><mrow><mi>x</mi><mo>=</mo><mrow>
            <mo fence="true" form="prefix" stretchy="true">(</mo><mi>b</mi><mo>+</mo>
            <mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mn>2</mn></mfrac></mstyle>
            <mo fence="true" form="postfix" stretchy="true">)</mo></mrow><mfrac><mpadded lspace="0"><mi>width</mi>
            </mpadded><mn>1000</mn></mfrac></mrow></math>`
    },
    // x = \cos(u, a) - \cos(u, b)
    space: {
        where: 'u: embedding of a picture; a, b: embeddings of the two words of an axis.',
        math: () => html`<math display="block"><mrow><mi>x</mi><mo>=</mo><mrow><mi>cos</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>u</mi><mo separator="true">,</mo><mi>a</mi>
            <mo fence="true" form="postfix" stretchy="false">)</mo></mrow><mo>−</mo><mrow><mi>cos</mi><mo>⁡</mo>
            </mrow><mrow><mo fence="true" form="prefix" stretchy="false">(</mo><mi>u</mi><mo separator="true">,</mo>
            <mi>b</mi><mo fence="true" form="postfix" stretchy="false">)</mo></mrow></mrow></math>`
    },
    // \mathrm{share} = \frac{\mathrm{end} - \mathrm{start}}{\mathrm{whole\ pass}}
    timeline: {
        where: 'A bar is an operation or a part of the model; its width is its time.',
        math: () => html`<math display="block"><mrow><mpadded lspace="0"><mi>share</mi></mpadded><mo>=</mo><mfrac><mrow>
            <mpadded lspace="0"><mi>end</mi></mpadded><mo>−</mo><mpadded lspace="0"><mi>start</mi></mpadded></mrow>
            <mrow><mrow><mi mathvariant="normal">w</mi><mspace></mspace></mrow><mrow><mi mathvariant="normal">h</mi>
            <mspace></mspace></mrow><mrow><mi mathvariant="normal">o</mi><mspace></mspace></mrow><mrow>
            <mi mathvariant="normal">l</mi><mspace></mspace></mrow><mrow><mi mathvariant="normal">e</mi><mspace>
            </mspace></mrow><mtext> </mtext><mrow><mi mathvariant="normal">p</mi><mspace></mspace></mrow><mrow>
            <mi mathvariant="normal">a</mi><mspace></mspace></mrow><mrow><mi mathvariant="normal">s</mi><mspace>
            </mspace></mrow><mrow><mi mathvariant="normal">s</mi><mspace></mspace></mrow></mrow></mfrac></mrow>
            </math>`
    },
    // P \le \min \left( P_{\max}, \; B_{\max} \cdot \frac{\mathrm{FLOP}}{\mathrm{bytes}} \right)
    operations: {
        where: 'P: operations a second; Pmax and Bmax: what this machine reaches at most, in arithmetic and in reading memory.',
        math: () => html`<math display="block"><mrow><mi>P</mi><mo>≤</mo><mrow><mi>min</mi><mo>⁡</mo></mrow><mrow>
            <mo fence="true" form="prefix" stretchy="true">(</mo><msub><mi>P</mi><mrow><mi>max</mi><mo>⁡</mo></mrow>
            </msub><mo separator="true">,</mo><mspace width="0.2778em"></mspace><msub><mi>B</mi><mrow><mi>max</mi>
            <mo>⁡</mo></mrow></msub><mo>⋅</mo><mfrac><mpadded lspace="0"><mi>FLOP</mi></mpadded><mpadded lspace="0">
            <mi>bytes</mi></mpadded></mfrac><mo fence="true" form="postfix" stretchy="true">)</mo></mrow></mrow>
            </math>`
    },
    // \mathrm{error} = \sqrt{ \frac{\sum (w - \hat{w})^{2}}{\sum w^{2}} }
    histogram: {
        where: 'ŵ: the weight after it was stored more coarsely.',
        math: () => html`<math display="block"><mrow><mpadded lspace="0"><mi>error</mi></mpadded><mo>=</mo><msqrt><mfrac><mrow>
            <mo movablelimits="false" lspace="0em" rspace="0em">∑</mo><msup><mrow>
            <mo fence="true" form="prefix" stretchy="false">(</mo><mi>w</mi><mo>−</mo><mover><mi>w</mi>
            <mo stretchy="false">ˆ</mo></mover><mo fence="true" form="postfix" stretchy="false">)</mo></mrow>
            <mn>2</mn></msup></mrow><mrow><mo movablelimits="false" lspace="0em" rspace="0em">∑</mo><msup><mi>w</mi>
            <mn>2</mn></msup></mrow></mfrac></msqrt></mrow></math>`
    },
    // \Delta c = \left| \, c_{\mathrm{coarse}} - c_{\mathrm{f32}} \, \right|
    precision: {
        where: 'c: the cosine of the picture with a label, computed in each precision.',
        math: () => html`<math display="block"><mrow><mrow><mi mathvariant="normal">Δ</mi><mspace></mspace></mrow><mi>c</mi>
            <mo>=</mo><mrow><mo fence="true" form="prefix" stretchy="true">|</mo><mspace width="0.1667em"></mspace>
            <msub><mi>c</mi><mpadded lspace="0"><mi>coarse</mi></mpadded></msub><mo>−</mo><msub><mi>c</mi>
            <mpadded lspace="0"><mi>f3</mi></mpadded></msub><mspace width="0.1667em"></mspace>
            <mo fence="true" form="postfix" stretchy="true">|</mo></mrow></mrow></math>`
    }
};
