// Runs of models: each is started once for all figures that want it, and started anew when the server dropped it.

import {floats, forget, json, stream, StudioError, useAnswering, useData} from './api.js';
import {useEffect, useState} from '../vendor/preact-htm.js';

/**
 * @typedef {object} Run
 * @property {'queued' | 'running' | 'ready' | 'failed'} state
 * @property {number} place place in the queue while it waits
 * @property {{done: number, of: number, what: string} | null} progress
 * @property {string} what what it does before it tells of progress
 * @property {string} text what a generator has written so far
 * @property {any} result
 * @property {StudioError | null} error
 */

/** @type {Map<string, {run: Run, listeners: Set<() => void>, abort: AbortController}>} */
const runs = new Map();

const KEPT = 8;

/** Models that have run already, so that a wait is no longer for their weights. */
const loaded = new Set();

function start(key, body) {
    const entry = {
        run: {state: 'running', place: 0, progress: null, text: '', result: null, error: null,
            what: loaded.has(body.model) ? 'Computing' : `Loading ${body.model}`},
        listeners: runs.get(key)?.listeners ?? new Set(),
        abort: new AbortController()
    };
    runs.delete(key);
    runs.set(key, entry);
    const change = news => {
        entry.run = {...entry.run, ...news};
        entry.listeners.forEach(listener => listener());
    };
    stream('api/runs', body, (name, data) => {
        if (name === 'queued') {
            change({state: 'queued', place: data.place});
        } else if (name === 'progress') {
            change({state: 'running', progress: data});
        } else if (name === 'token') {
            change({state: 'running', text: data.text});
        }
    }, entry.abort.signal).then(result => {
        loaded.add(body.model);
        change({state: 'ready', result});
    }, error => {
        if (error.name !== 'AbortError') {
            change({state: 'failed', error});
        } else if (runs.get(key) === entry) {
            runs.delete(key);
        }
    });
    for (const [other, {run, listeners}] of runs) {
        if (runs.size > KEPT && !listeners.size && run.state !== 'running') {
            runs.delete(other);
        }
    }
    return entry;
}

/** When runs that the server had dropped were started again, by key. */
const renewed = new Map();

/** Allows one new start in five seconds, so that a server that keeps nothing is not asked without end. */
function mayRenew(key) {
    const before = renewed.get(key) ?? -Infinity;
    renewed.set(key, performance.now());
    return performance.now() - before > 5000;
}

/** Stops a run that nobody waits for; a figure that only made way for another one is back by then. */
function abandon({listeners, run, abort}) {
    if (!listeners.size && !['ready', 'failed'].includes(run.state)) {
        abort.abort();
    }
}

/**
 * Gives a component the run of a body, which starts when it is first wanted and stops when nobody wants it any more.
 *
 * @param {object | null} body
 * @returns {Run & {again: () => void, renew: () => void} | null} `again` is for the reader, `renew` for figures whose run was
 *     dropped
 */
export function useRun(body) {
    const key = body && JSON.stringify(body);
    const [, render] = useState(0);
    const answers = useAnswering();
    useEffect(() => {
        if (!key) {
            return;
        }
        let entry = runs.get(key);
        if (!entry || entry.run.error?.code === 'gone' && answers) {
            entry = start(key, body);
        }
        const listener = () => render(count => count + 1);
        entry.listeners.add(listener);
        listener();
        return () => {
            entry.listeners.delete(listener);
            setTimeout(() => abandon(entry), 500);
        };
    }, [key, answers]);
    const entry = key && runs.get(key);
    const again = () => start(key, body) && render(count => count + 1);
    return entry ? {...entry.run, again, renew: () => mayRenew(key) && again()}
        : key && {state: 'running', place: 0, progress: null, text: '', result: null, error: null, again: () => {},
        renew: () => {}};
}

/** Reads a figure of a run; a run that the server no longer has is started again. */
function useFigure(run, path, read) {
    const id = run?.result?.run;
    const key = id && path ? `run ${id} ${path}` : null;
    const figure = useData(key, signal => read(`api/runs/${id}/${path}`, signal));
    useEffect(() => {
        if (figure.error?.code === 'no_run') {
            forget(`run ${id} `);
            run.renew();
        }
    }, [figure.error]);
    return figure;
}

/** An array of floats of a run. @param {string | null} path such as `maps/rollout?label=0` */
export const useFloats = (run, path) => useFigure(run, path, floats);

/** JSON of a run. */
export const useJson = (run, path) => useFigure(run, path, json);
