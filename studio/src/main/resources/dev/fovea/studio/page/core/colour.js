// Colour tables: viridis for amounts, blue to red through white for signed ones. Maps keep them in both themes.

// Van der Walt and Smith's viridis at seventeen places, sampled from matplotlib's table; between them it is linear.
const VIRIDIS = [[68, 1, 84], [72, 24, 106], [71, 45, 123], [66, 64, 134], [59, 82, 139], [51, 99, 141], [44, 114, 142],
    [38, 130, 142], [33, 145, 140], [31, 160, 136], [40, 174, 128], [63, 188, 115], [94, 201, 98], [132, 212, 75],
    [173, 220, 48], [216, 226, 25], [253, 231, 37]];
const SIGNED = [[33, 80, 162], [103, 148, 208], [178, 205, 233], [247, 247, 247], [246, 189, 170], [220, 105, 88],
    [165, 22, 42]];

function between(table, share) {
    const place = Math.min(1, Math.max(0, share)) * (table.length - 1);
    const first = Math.min(table.length - 2, Math.floor(place));
    return table[first].map((value, i) => Math.round(value + (place - first) * (table[first + 1][i] - value)));
}

/** Colour of an amount from 0 to 1, as red, green and blue. */
export const viridis = share => between(VIRIDIS, share);

/** Colour of a signed share from -1 (blue) through 0 (white) to 1 (red). */
export const signed = share => between(SIGNED, (share + 1) / 2);

/** A colour for CSS. */
export const css = ([red, green, blue], alpha = 1) => `rgb(${red} ${green} ${blue} / ${alpha})`;

/** Ten colours that stay apart for people who see few colours (Okabe and Ito 2008, and two more), for boxes and lines. */
export const SERIES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7b4fb5', '#a0522d',
    '#4d7c0f',
    '#9a3412'];

/** A colour of the page's own theme, such as `--ink`, as it is now. */
export const themed = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Whether the page is dark now. */
export const isDark = () => {
    const {theme} = document.documentElement.dataset;
    return theme === 'dark' || theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches;
};

/** What a scale needs to know about the numbers of a map. */
export function summary(values) {
    let least = Infinity;
    let most = -Infinity;
    let total = 0;
    for (const value of values) {
        least = Math.min(least, value);
        most = Math.max(most, value);
        total += Math.abs(value);
    }
    let entropy = 0;
    for (const value of values) {
        const share = Math.abs(value) / total;
        if (share > 0) {
            entropy -= share * Math.log2(share);
        }
    }
    return {least, most, total, entropy};
}
