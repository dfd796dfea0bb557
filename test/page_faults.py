"""What makes a page hard to read, as JavaScript that lists where; for browser.Tab.run."""

# what stands out of the screen to the right, but for what can be scrolled there
OUTSIDE = """
[...document.querySelectorAll('body *')].filter(e =>
    !e.closest('.table') && e.getBoundingClientRect().width > 0
    && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
).map(e => e.outerHTML.slice(0, 100))
"""

SMALL = """
[...document.querySelectorAll('body *')].filter(e =>
    [...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim()) && e.tagName != 'title'
    && parseFloat(getComputedStyle(e).fontSize) < 12
).map(e => e.outerHTML.slice(0, 100))
"""

# contrast of a text's colour to the page behind it (WCAG 2.2, relative luminance)
FAINT = """
(() => {
    const numbers = c => c.match(/[\\d.]+/g).map(Number);
    const light = c => numbers(c).slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if ((numbers(c)[3] ?? 1) > 0) return c;
        }
    };
    return [...document.querySelectorAll('body *')].filter(e =>
        [...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim()) && e.tagName != 'title'
    ).map(e => {
        const style = getComputedStyle(e), svg = e.namespaceURI.endsWith('svg');
        const [a, b] = [light(svg ? style.fill : style.color), light(behind(e))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 100)];
    }).filter(([contrast]) => contrast < 4.5);
})()
"""
