"""Draws loss.csv as a small SVG, without any plotting library.

python plot_loss.py loss.csv loss.svg
"""

import csv
import sys
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 640, 320, 40
CURVES = {"contrastive": "#1f77b4", "image_concept": "#d62728", "text_concept": "#2ca02c"}


def main():
    source, target = map(Path, sys.argv[1:3])
    rows = list(csv.DictReader(source.open()))
    steps = [int(row["step"]) for row in rows]
    top = max(float(row[name]) for row in rows for name in CURVES)

    def across(step):
        return MARGIN + (WIDTH - 2 * MARGIN) * step / max(steps)

    def down(loss):
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * loss / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for loss in range(int(top) + 1):
        parts.append(
            f'<path d="M{MARGIN} {down(loss):.1f}H{WIDTH - MARGIN}" stroke="#ddd"/>'
            f'<text x="{MARGIN - 8}" y="{down(loss) + 4:.1f}" text-anchor="end">{loss}</text>'
        )
    for number, (name, colour) in enumerate(CURVES.items()):
        points = " ".join(f"{across(step):.1f},{down(float(row[name])):.1f}" for step, row in zip(steps, rows))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>'
            f'<text x="{WIDTH - MARGIN - 110}" y="{MARGIN + 16 * number}" fill="{colour}">{name}</text>'
        )
    parts.append(
        f'<text x="{WIDTH // 2}" y="{HEIGHT - 12}" text-anchor="middle">training step (of {max(steps)})</text></svg>'
    )
    target.write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
