// Room "inside": one figure at a time, from pixels to answer, in the order in which the model computes.

import {html} from '../vendor/preact-htm.js';
import {Attention} from '../figures/attention.js';
import {Beams} from '../figures/beams.js';
import {Contributions} from '../figures/contributions.js';
import {Lens} from '../figures/lens.js';
import {Maps} from '../figures/maps.js';
import {Norms} from '../figures/norms.js';
import {Patches} from '../figures/patches.js';
import {Pca} from '../figures/pca.js';
import {Places} from '../figures/places.js';
import {Score} from '../figures/score.js';
import {Space} from '../figures/space.js';
import {Steps} from '../figures/steps.js';
import {Merges, Text, TextAttention} from '../figures/text.js';
import {Words} from '../figures/words.js';
import {WordLens} from '../figures/word-lens.js';
import {Pages} from './pages.js';
import {useStudio} from '../core/studio.js';

/** Figures by their part of the address: title, component, and the server's figure whose kinds of models it is for. */
export const FIGURES = {
    picture: ['Picture', Steps, 'steps'],
    patches: ['Patches', Patches, 'patches'],
    attention: ['Attention', Attention, 'attention'],
    norms: ['Registers', Norms, 'norms'],
    pca: ['Colours', Pca, 'pca'],
    text: ['Text', Text, 'merges'],
    score: ['Score', Score, 'score'],
    lens: ['Layer by layer', Lens, 'lens'],
    contributions: ['Contributions', Contributions, 'contributions'],
    maps: ['Maps', Maps, 'attention'],
    space: ['Space', Space, 'space'],
    words: ['Words', Words, 'words'],
    layers: ['Layer by layer', WordLens, 'word-lens'],
    beams: ['Beams', Beams, 'beams'],
    places: ['Places', Places, 'places']
};

/** Figures that stand alone in lessons only: parts of a page with two. */
export const PARTS = {merges: Merges, 'text-attention': TextAttention};

export function Inside() {
    const {figures, model} = useStudio();
    const pages = Object.entries(FIGURES).filter(([, [, , id]]) => figures[id]?.kinds.includes(model.kind));
    return html`<${Pages} room="inside" label="Figures" pages=${Object.fromEntries(pages)} all=${FIGURES} />`;
}
