// Opens the studio in Chromium and collects everything that must not happen on any page.

import assert from 'node:assert/strict';
import {after, before} from 'node:test';
import {chromium} from 'playwright-core';
import {readFileSync} from 'node:fs';

/** The address that the studio printed, token included. */
const ADDRESS = process.env.FOVEA_STUDIO;

export const ORIGIN = new URL(ADDRESS).origin;

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

let browser;

before(async () => {
    browser = await chromium.launch({
        executablePath: process.env.FOVEA_TESTS_CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--use-fake-device-for-media-stream',
            '--use-fake-ui-for-media-stream']
    });
});

after(() => browser.close());

/**
 * Hands a fresh browser with its own cookies to a test, and fails the test for console errors, reports of the content
 * security policy, and requests to any other origin. What a test provokes on purpose it names in `expected`.
 */
export async function studio(work, {scheme = 'light', width = 1280, expected = /^$/} = {}) {
    const context = await browser.newContext({viewport: {width, height: 900}, colorScheme: scheme, reducedMotion: 'reduce', locale: 'en-GB',
        acceptDownloads: true});
    const wrong = [];
    const watch = page => {
        page.on('console', message => ['error', 'warning'].includes(message.type()) && wrong.push(`console: ${message.text()}`));
        page.on('pageerror', error => wrong.push(`thrown: ${error.message}`));
        page.on('request', request => {
            const {protocol, origin} = new URL(request.url());
            if (protocol !== 'blob:' && protocol !== 'data:' && origin !== ORIGIN) {
                wrong.push(`request to ${request.url()}`);
            }
        });
    };
    context.on('page', watch);
    await context.addInitScript(() => addEventListener('securitypolicyviolation', event =>
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`)));
    const page = await context.newPage();
    try {
        await page.goto(ADDRESS);
        await page.waitForSelector('main h2');
        await work(page, context);
    } finally {
        await context.close();
    }
    const bad = wrong.filter(line => !expected.test(line));
    if (bad.length) {
        throw new Error(bad.join('\n'));
    }
}

/** Goes to a view and waits until nothing is being read or computed any more. */
export async function show(page, view) {
    await page.evaluate(hash => {
        history.pushState(null, '', hash);
        dispatchEvent(new PopStateEvent('popstate'));
    }, `#/${view}`);
    await settled(page, view);
}

/** Waits until nothing is awaited any more, and nothing has changed for a while. */
export async function settled(page, view = '') {
    await page.evaluate(() => {
        if (!window.lastChange) {
            const note = () => window.lastChange = performance.now();
            new MutationObserver(note).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
        }
        window.lastChange = performance.now();
    });
    await page.waitForFunction(() => document.querySelector('main h2') && !document.querySelector('main .waiting')
        && performance.now() - window.lastChange > 150, null, {timeout: 60000, polling: 25})
        .catch(() => assert.fail(`${view || page.url()} is still waiting after a minute`));
}

/** What axe finds, as lines; empty if it finds nothing. */
export async function found(page) {
    await page.evaluate(AXE);
    const {violations} = await page.evaluate(() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}));
    return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.replaceAll('\n', ' ').slice(0, 240)}`));
}
