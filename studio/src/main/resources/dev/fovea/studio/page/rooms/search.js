// Room "search": an index of pictures, asked by words, by the chosen picture, or by one of its hits.

import {html, useState} from '../vendor/preact-htm.js';
import {fixed} from '../core/numbers.js';
import {Line, Problem, Slider, Switch, Waiting} from '../core/widgets.js';
import {send, useData} from '../core/api.js';
import {set} from '../core/state.js';
import {useStudio} from '../core/studio.js';

const TOP = 48;

export function Search() {
    const {state, picture, view} = useStudio();
    const {q = '', like = '', by = ''} = view.params;
    const [wanted, move] = useState(-1);
    const index = state.search;
    const body = like ? {like, top: TOP} : {text: q || null, picture: by === 'picture' ? picture.id : null, top: TOP};
    const asked = index && (like || q || by === 'picture');
    const found = useData(asked ? `search ${JSON.stringify(body)}` : null, signal => send('api/search', body, signal));
    if (!index) {
        return html`<article class="figure"><header><h2>Search</h2></header><p
            class="lead">No pictures to search were given when the studio started. Stop it, and start it with an index:</p>
            <pre class="way" tabindex="0" role="group"
                aria-label="Commands">./fovea index photos/ --into photos.index${'\n'}./fovea studio photos.index</pre>
                <p>The index is made once; pictures that are added later are computed when it is made again.</p></article>`;
    }
    const results = found.data?.results ?? [];
    const least = results.length ? results.at(-1).score : 0;
    const threshold = Math.max(wanted, least);
    const shown = results.filter(({score}) => score >= threshold);
    const high = results.length ? results[0].score : 1;
    return html`<article class="figure"><header><h2>Search</h2><p
        class="method">${index.pictures} pictures, ${index.model}</p></header>
        <p class="lead">By words, by the picture chosen above, or by both. The score is the cosine; what counts as a hit is yours to say, since it differs from query to query.</p>
        <div class="controls"><${Line} label="Words" value=${q} change=${words => set({q: words, like: ''})}
            button="Search" placeholder="a red car in the snow" />
            <${Switch} label=${`Also like ${picture.name || 'your picture'}`} on=${by === 'picture'}
                change=${on => set({by: on ? 'picture' : '', like: ''})} />
            ${results.length > 0 && html`<${Slider} label="Score at least" value=${threshold}
                least=${least} most=${high} step=${0.005} text=${fixed(threshold)}
                change=${move} />`}
            ${like && html`<button type="button" onClick=${() => set({like: ''})}>No longer “like this”</button>`}</div>
        ${found.error ? html`<${Problem} error=${found.error} again=${found.again} />` : !asked
            ? html`<p class="empty">Type what you look for, for example “a tree”.</p>`
        : !found.data ? html`<${Waiting} what="Searching" />`
        : html`<p class="sentence"
        role="status">${shown.length} of the ${results.length} nearest pictures have a score of at least ${fixed(threshold)}.</p>
            <ul class="hits">${shown.map(({id, name, score}) => html`<li key=${id}><img
                src=${`api/search/${encodeURIComponent(id)}.png`} alt=${name} loading="lazy" />
                <span class="name">${name}</span><span class="score">${fixed(score)}</span><button type="button"
                    aria-label=${`Like this: ${name}`}
                    onClick=${() => set({like: id, q: '', by: ''})}>Like this</button></li>`)}</ul>`}
    </article>`;
}
