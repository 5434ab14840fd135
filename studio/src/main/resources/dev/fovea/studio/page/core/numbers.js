// How numbers, shares and places are written, the same in labels, tables and sentences.

/** A number with a fixed count of digits and a real minus sign; a dash for what is no finite number, such as the score of a forbidden token. */
export const fixed = (value, digits = 3) => Number.isFinite(value) ? value.toFixed(digits).replace('-', '\u2212') : '\u2013';

/** A number with its sign, for contributions. */
export const withSign = (value, digits = 4) => (value < 0 ? '' : '+') + fixed(value, digits);

/** A share as per cent, with a decimal below ten. */
export const percent = share => share > 0 && share < 0.0005 ? '<0.1%'
    : `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)}%`;

/** A number of which only the size matters: 12.3k, 4.5M. */
export function compact(value) {
    for (const [size, unit] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]) {
        if (value >= size) {
            return `${(value / size).toPrecision(3)}\u00a0${unit}`;
        }
    }
    return String(Math.round(value * 100) / 100);
}

/** A time in milliseconds. */
export const duration = ms => ms < 1 ? `${(ms * 1000).toFixed(0)} \u00b5s`
    : ms < 100 ? `${ms.toFixed(1)} ms` : ms < 10000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;

/** Where a patch lies, counted from one. */
export const place = (index, columns) => `row ${Math.floor(index / columns) + 1}, column ${index % columns + 1}`;

/** Indices of the largest values, largest first. */
export const largest = (values, count) => Array.from(values.keys()).sort((a, b) => values[b] - values[a]).slice(0,
    count);

export const softmax = (logits, temperature = 1) => {
    const most = Math.max(...logits);
    const powers = logits.map(logit => Math.exp((logit - most) / temperature));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map(power => power / total);
};
