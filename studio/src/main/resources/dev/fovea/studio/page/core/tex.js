// TeX as MathML, as much of it as the equations of the figures need.

import {html} from '../vendor/preact-htm.js';

const LETTERS = {alpha: 'α', beta: 'β', Delta: 'Δ', mu: 'μ', rho: 'ρ', sigma: 'σ', tau: 'τ'};

const SIGNS = {cdot: '⋅', cdots: '⋯', le: '≤', leftarrow: '←', mid: '∣', partial: '∂', sum: '∑', top: '⊤'};

const SPACES = {',': '0.17em', ';': '0.28em', quad: '1em', qquad: '2em'};

const ACCENTS = {hat: '^', bar: '¯'};

const TOKEN = /\\(?:text|mathrm)\{[^}]*\}|\\[a-zA-Z]+|\\.|\d+|\S/g;

const h = (tag, props, ...children) => html`<${tag} ...${props}>${children}<//>`;

/** An equation as a displayed formula. @param {string} source */
export function formula(source) {
    const tokens = source.match(TOKEN);
    let at = 0;

    function row(end) {
        const items = [];
        while (at < tokens.length && tokens[at] !== end) {
            const limits = tokens[at] === '\\sum';
            items.push(scripts(atom(), limits));
        }
        at++;
        return items.length === 1 ? items[0] : h('mrow', null, items);
    }

    function argument() {
        const token = tokens[at];
        return token === '{' ? (at++, row('}')) : atom();
    }

    function scripts(base, limits) {
        const found = {};
        while (tokens[at] === '_' || tokens[at] === '^' || tokens[at] === '\'') {
            const kind = tokens[at++];
            found[kind === '_' ? 'below' : 'above'] = kind === '\'' ? h('mo', null, '′') : argument();
        }
        const {below, above} = found;
        return below && above ? h(limits ? 'munderover' : 'msubsup', null, base, below, above)
            : below ? h(limits ? 'munder' : 'msub', null, base, below)
            : above ? h(limits ? 'mover' : 'msup', null, base, above) : base;
    }

    function atom() {
        const token = tokens[at++];
        if (token === '{') {
            return row('}');
        }
        const named = /^\\(text|mathrm)\{(.*)\}$/.exec(token);
        if (named) {
            return h(named[1] === 'text' ? 'mtext' : 'mi', null, named[2].replaceAll(' ', '\u00a0'));
        }
        const name = token.startsWith('\\') ? token.slice(1) : '';
        if (name === 'frac') {
            return h('mfrac', null, argument(), argument());
        }
        if (name === 'tfrac') {
            return h('mstyle', {displaystyle: 'false'}, h('mfrac', null, argument(), argument()));
        }
        if (name === 'sqrt') {
            return h('msqrt', null, argument());
        }
        if (ACCENTS[name]) {
            return h('mover', {accent: 'true'}, argument(), h('mo', null, ACCENTS[name]));
        }
        if (name === 'left') {
            const open = tokens[at++];
            const inner = row('\\right');
            return h('mrow', null, h('mo', {fence: 'true'}, open), inner, h('mo', {fence: 'true'}, tokens[at++]));
        }
        if (SPACES[name]) {
            return h('mspace', {width: SPACES[name]});
        }
        if (SIGNS[name]) {
            return h('mo', {movablelimits: 'false'}, SIGNS[name]);
        }
        if (name) {
            return h('mi', null, LETTERS[name] ?? name);
        }
        return /\d/.test(token) ? h('mn', null, token) : /[a-zA-Z]/.test(token) ? h('mi', null, token)
            : h('mo', {stretchy: 'false', ...token === ',' && {separator: 'true'}}, token === '-' ? '−' : token);
    }

    return h('math', {display: 'block'}, row());
}
