// Everything that is asked of the server: JSON, arrays of floats and streams of events, with errors that say what to do.

import {useEffect, useState} from '../vendor/preact-htm.js';

/** An answer that is no answer: `message` is one line for the reader, `code` is for the page. */
export class StudioError extends Error {
    constructor(message, code, status = 0) {
        super(message);
        this.code = code;
        this.status = status;
    }
}

/** A studio that was started again has another token, so this page goes on only where the same one is back. */
export const GONE = 'The studio does not answer. What is drawn stays. If it was stopped, start ./fovea studio again and open the address that it prints; if it was only busy, this page goes on by itself.';

let answering = true;
const watchers = new Set();

function tell(answers) {
    if (answering !== answers) {
        answering = answers;
        watchers.forEach(watcher => watcher(answers));
        if (!answers) {
            retry();
        }
    }
}

function retry() {
    setTimeout(() => fetch('api/state').then(answer => tell(answer.ok || answer.status === 401), retry), 2000);
}

/** What is said when a request had no answer; the studio is then asked until it does. */
function unanswered() {
    tell(false);
    return new StudioError(GONE, 'gone');
}

/** Whether the server answered when it was last asked; while it does not, it is asked every two seconds. */
export function useAnswering() {
    const [answers, change] = useState(answering);
    useEffect(() => {
        watchers.add(change);
        return () => watchers.delete(change);
    }, []);
    return answers;
}

async function request(path, options = {}) {
    let answer;
    try {
        answer = await fetch(path, {credentials: 'same-origin', ...options});
    } catch (e) {
        throw e.name === 'AbortError' ? e : unanswered();
    }
    tell(true);
    if (!answer.ok) {
        throw await problem(answer);
    }
    return answer;
}

async function problem(answer) {
    let error = {};
    try {
        error = (await answer.json()).error ?? {};
    } catch {
        // Not JSON: the status has to do.
    }
    const text = answer.status === 401
        ? 'This page does not have the studio’s token: the studio was started anew, or the address was opened without it. Open the address that the terminal shows.'
        : error.message ?? `The studio answered with status ${answer.status}.`;
    return new StudioError(text, answer.status === 401 ? 'no_token' : error.code ?? '', answer.status);
}

/** Reads JSON. */
export const json = async (path, signal) => (await request(path, {signal})).json();

/** Reads floats and their shape. @returns {Promise<{data: Float32Array, shape: number[], signed: boolean}>} */
export async function floats(path, signal) {
    const answer = await request(path, {signal});
    const shape = (answer.headers.get('X-Fovea-Shape') ?? '').split(',').map(Number);
    return {data: new Float32Array(await answer.arrayBuffer()), shape, signed: answer.headers.has('X-Fovea-Signed')};
}

/** Sends JSON and reads the JSON that comes back. */
export const send = async (path, body,
    signal) => (await request(path, post(JSON.stringify(body), 'application/json', signal))).json();

/** Sends a picture's bytes; gives its entry in the list of pictures. @param {Blob} file */
export async function sendPicture(file) {
    const options = post(file, 'application/octet-stream');
    if (file.name) {
        options.headers['X-Fovea-Name'] = encodeURIComponent(file.name);
    }
    return (await request('api/pictures', options)).json();
}

const post = (body, type, signal) =>
    ({method: 'POST', body, signal, headers: {'X-Fovea': '1', 'Content-Type': type}});

/**
 * Sends JSON and hands each event of the stream to a function, until `result`, which is returned.
 *
 * @param {(name: string, data: any) => void} heard
 */
export async function stream(path, body, heard, signal) {
    const answer = await request(path, post(JSON.stringify(body), 'application/json', signal));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
        let part;
        try {
            part = await reader.read();
        } catch (e) {
            throw e.name === 'AbortError' ? e : unanswered();
        }
        if (part.done) {
            throw new StudioError('The run ended without a result. Try again.', 'ended');
        }
        text += part.value.replaceAll('\r', '');
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const {name, data} = event(text.slice(0, end));
            text = text.slice(end + 2);
            if (name === 'error') {
                throw new StudioError(data.error?.message ?? 'The run failed.', data.error?.code ?? '');
            }
            if (name === 'result') {
                return data;
            }
            if (name) {
                heard(name, data);
            }
        }
    }
}

function event(block) {
    let name = '';
    const data = [];
    for (const line of block.split('\n')) {
        if (line.startsWith('event:')) {
            name = line.slice(6).trim();
        } else if (line.startsWith('data:')) {
            data.push(line.slice(5).trim());
        }
    }
    return {name, data: data.length ? JSON.parse(data.join('\n')) : null};
}

/** Answers that were read before, oldest first; a figure that is looked at again is there at once. */
const kept = new Map();

/**
 * Gives a component what `load` reads, again whenever `key` changes. What was shown before stays until the next is
 * there. A key of null asks for nothing.
 *
 * @returns {{data: any, error: StudioError | null, waiting: boolean, again: () => void}}
 */
export function useData(key, load) {
    const [state, change] = useState({key: null, data: null, error: null});
    const [count, again] = useState(0);
    const answers = useAnswering();
    const found = kept.get(key);
    useEffect(() => {
        if (key === null || kept.has(key)) {
            return;
        }
        const abort = new AbortController();
        load(abort.signal).then(data => {
            kept.set(key, data);
            if (kept.size > 400) {
                kept.delete(kept.keys().next().value);
            }
            change({key, data, error: null});
        }, error => error.name === 'AbortError' || change(before => ({key, data: before.data, error})));
        return () => abort.abort();
    }, [key, count, answers]);
    if (found !== undefined) {
        return {data: found, error: null, waiting: false, again: () => {}};
    }
    const now = state.key === key;
    return {
        data: key !== null && family(key) === family(state.key) ? state.data : null,
        error: now ? state.error : null,
        waiting: key !== null && !now,
        again: () => again(count + 1)
    };
}

/** What a key is about: its first two words. What was shown stays only while the next is about the same. */
const family = key => key?.split(' ', 2).join(' ');

/** Forgets what was read under keys with this beginning, since it is no longer true. */
export const forget = beginning => Array.from(kept.keys()).filter(key => key.startsWith(beginning))
    .forEach(key => kept.delete(key));
