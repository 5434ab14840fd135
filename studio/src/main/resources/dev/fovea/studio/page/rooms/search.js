// Room "search": a folder or an index of pictures, asked by words, by the chosen picture, or by one of its hits.

import {html, useEffect, useState} from '../vendor/preact-htm.js';
import {fixed} from '../core/numbers.js';
import {Line, Problem, Slider, Switch, Waiting} from '../core/widgets.js';
import {go, set} from '../core/state.js';
import {json, send, useData} from '../core/api.js';
import {note} from '../core/announce.js';
import {useStudio} from '../core/studio.js';

const TOP = 48;

export function Search() {
    const {state, picture, view, add} = useStudio();
    const {q = '', like = '', by = ''} = view.params;
    const [wanted, move] = useState(-1);
    const index = useIndex(state.search);
    const body = like ? {like, top: TOP} : {text: q || null, picture: by === 'picture' ? picture.id : null, top: TOP};
    const asked = index && (like || q || by === 'picture');
    const found = useData(asked ? `search ${JSON.stringify(body)} ${index.pictures}` : null, signal => send('api/search', body, signal));
    if (!index) {
        return html`<article class="figure"><header><h2>Search</h2></header><p
            class="lead">No pictures to search were given when the studio started. Stop it, and start it with a folder of them, or with an index:</p>
            <pre class="way" tabindex="0" role="group"
                aria-label="Commands">./fovea studio photos/${'\n\n'}./fovea index photos/ --into photos.index${'\n'}./fovea studio photos.index</pre>
                <p>A folder is indexed anew each time, while you use the page. An index is made once; pictures that are added later are computed when it is made again.</p></article>`;
    }
    const results = found.data?.results ?? [];
    const least = results.length ? results.at(-1).score : 0;
    const threshold = Math.max(wanted, least);
    const shown = results.filter(({score}) => score >= threshold);
    const high = results.length ? results[0].score : 1;
    const take = async id => {
        try {
            add(await send(`api/search/${encodeURIComponent(id)}/picture`, {}));
            go({room: 'inside'});
        } catch (e) {
            note(e.message);
        }
    };
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
        <${Progress} index=${index} />
        ${found.error ? html`<${Problem} error=${found.error} again=${found.again} />` : !asked
            ? html`<p class="empty">Type what you look for, for example “a tree”.</p>`
        : !found.data ? html`<${Waiting} what="Searching" />`
        : html`<p class="sentence"
        role="status">${shown.length} of the ${results.length} nearest pictures have a score of at least ${fixed(threshold)}.</p>
            <ul class="hits">${shown.map(({id, name, score}) => html`<li key=${id}><img
                src=${`api/search/${encodeURIComponent(id)}.png`} alt=${name} loading="lazy" />
                <span class="name">${name}</span><span class="score">${fixed(score)}</span><button type="button"
                    aria-label=${`Like this: ${name}`}
                    onClick=${() => set({like: id, q: '', by: ''})}>Like this</button><button type="button"
                    aria-label=${`Look inside: ${name}`}
                    onClick=${() => take(id)}>Look inside</button></li>`)}</ul>`}
    </article>`;
}

/** What there is to search; while a folder is being indexed it is asked for every second. */
function useIndex(first) {
    const [index, change] = useState(first);
    useEffect(() => {
        if (index && !index.finished && !index.problem) {
            const next = setTimeout(() => json('api/search').then(change,
                () => change({...index})), 1000);
            return () => clearTimeout(next);
        }
    }, [index]);
    return index;
}

/** How far indexing is, and what could not be read. */
function Progress({index: {pictures, finished, done, of, unreadable, otherFormats, problem}}) {
    if (problem) {
        return html`<${Problem} error=${{message: problem, code: 'cannot'}} />`;
    }
    const left = [unreadable.length && `Cannot be read: ${unreadable.join(', ')}.`, otherFormats
        && `${otherFormats} pictures are in formats that Fovea does not read; convert them to JPEG or PNG.`].filter(Boolean).join(' ');
    return html`${!finished && html`<div class="waiting late" role="status"><p>${of
        ? `Indexing: ${done} of ${of} pictures; ${pictures} can be found already` : 'Loading the model, counting the pictures …'}</p>
        ${of > 0 && html`<progress max=${of} value=${done} aria-label="Progress"></progress>`}</div>`}
        ${finished && !pictures && html`<p class="empty">There are no pictures that Fovea reads in this folder. Start the studio with another one.</p>`}
        ${left && html`<p class="facts">${left}</p>`}`;
}
