package dev.fovea.training.curve;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** Draws losses over epochs: a thin line for the steps, dots for validation, and which epoch was the best. */
public final class CurveImage {

    /** Width in pixels. */
    public static final int WIDTH = 960;

    /** Height in pixels. */
    public static final int HEIGHT = 540;

    private static final int LEFT = 90;
    private static final int RIGHT = 30;
    private static final int TOP = 50;
    private static final int BOTTOM = 60;
    private static final int TICKS = 5;
    private static final int DOT = 7;

    /** Blue and vermilion of a palette that colour-blind people can tell apart (Okabe and Ito 2008). */
    private static final Color TRAINING = new Color(0x0072B2);

    private static final Color VALIDATION = new Color(0xD55E00);
    private static final Color GRID = new Color(0xE4E4E4);
    private static final Color INK = new Color(0x404040);

    private final PixelLetters letters = new PixelLetters(2);
    private final Graphics2D graphics;
    private final double lastX;
    private final double highest;

    private CurveImage(Graphics2D graphics, double lastX, double highest) {
        this.graphics = graphics;
        this.lastX = lastX;
        this.highest = highest;
    }

    /**
     * A line of a chart.
     *
     * @param x epochs, rising; fractions lie inside an epoch
     * @param y losses; those that are not finite are left out
     */
    public record Line(double[] x, double[] y) {}

    /**
     * Draws a chart.
     *
     * @param training losses of the steps
     * @param validation losses on held-out examples, maybe none
     * @param best the epoch that was kept; empty if the last
     */
    public static BufferedImage of(Line training, Line validation, OptionalDouble best) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, WIDTH, HEIGHT);
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            double last = Arrays.stream(training.x).max().orElse(1);
            double highest = Math.max(highest(training), highest(validation));
            double step = tick(highest > 0 ? highest : 1);
            CurveImage chart = new CurveImage(graphics, last, step * Math.ceil(highest / step - 1e-9));
            chart.axes(step, Math.max(1, tick(last)));
            best.ifPresent(chart::best);
            chart.line(training, TRAINING, 2);
            chart.line(validation, VALIDATION, 2.5f);
            chart.dots(validation);
            chart.legend(validation.x.length > 0, best.isPresent());
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static double highest(Line line) {
        return Arrays.stream(line.y).filter(Double::isFinite).max().orElse(0);
    }

    /** Returns the smallest of 1, 2, 5 times a power of ten that divides a range into at most five parts. */
    static double tick(double range) {
        double power = Math.pow(10, Math.floor(Math.log10(range / TICKS)));
        for (double step : new double[] {power, 2 * power, 5 * power}) {
            if (range / step <= TICKS) {
                return step;
            }
        }
        return 10 * power;
    }

    private double x(double epoch) {
        return LEFT + (WIDTH - LEFT - RIGHT) * epoch / lastX;
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * loss / highest;
    }

    private void axes(double lossStep, double epochStep) {
        graphics.setStroke(new BasicStroke(1));
        for (int i = 0; i * lossStep <= highest * (1 + 1e-9); i++) {
            int y = (int) Math.round(y(i * lossStep));
            graphics.setColor(i == 0 ? INK : GRID);
            graphics.drawLine(LEFT, y, WIDTH - RIGHT, y);
            String label = number(i * lossStep);
            graphics.setColor(INK);
            letters.draw(graphics, label, LEFT - 10 - letters.width(label), y - letters.height() / 2);
        }
        for (int i = 0; i * epochStep <= lastX * (1 + 1e-9); i++) {
            int x = (int) Math.round(x(i * epochStep));
            String label = number(i * epochStep);
            graphics.drawLine(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5);
            letters.draw(graphics, label, x - letters.width(label) / 2, HEIGHT - BOTTOM + 12);
        }
        letters.draw(graphics, "epoch", WIDTH - RIGHT - letters.width("epoch"), HEIGHT - letters.height() - 6);
        letters.draw(graphics, "loss", LEFT - 10 - letters.width("loss"), TOP - 30);
    }

    private static String number(double value) {
        return value == 0
                ? "0"
                : new BigDecimal(value)
                        .setScale(6, RoundingMode.HALF_UP)
                        .stripTrailingZeros()
                        .toPlainString();
    }

    private void best(double epoch) {
        graphics.setColor(INK);
        float[] dashes = {6, 6};
        graphics.setStroke(new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, dashes, 0));
        graphics.draw(new Line2D.Double(x(epoch), TOP, x(epoch), HEIGHT - BOTTOM));
    }

    private void line(Line line, Color colour, float width) {
        Path2D path = new Path2D.Double();
        boolean open = false;
        for (int i = 0; i < line.x.length; i++) {
            if (!Double.isFinite(line.y[i])) {
                open = false;
            } else if (open) {
                path.lineTo(x(line.x[i]), y(line.y[i]));
            } else {
                path.moveTo(x(line.x[i]), y(line.y[i]));
                open = true;
            }
        }
        graphics.setColor(colour);
        graphics.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.draw(path);
    }

    private void dots(Line line) {
        for (int i = 0; i < line.x.length; i++) {
            if (Double.isFinite(line.y[i])) {
                graphics.fill(new Ellipse2D.Double(x(line.x[i]) - DOT / 2.0, y(line.y[i]) - DOT / 2.0, DOT, DOT));
            }
        }
    }

    private record Entry(String text, Color colour) {}

    private void legend(boolean validated, boolean hasBest) {
        List<Entry> entries = new ArrayList<>(List.of(new Entry("training", TRAINING)));
        if (validated) {
            entries.add(new Entry("validation", VALIDATION));
        }
        if (hasBest) {
            entries.add(new Entry("best", INK));
        }
        int right = WIDTH - RIGHT;
        for (Entry entry : entries.reversed()) {
            right -= letters.width(entry.text);
            graphics.setColor(INK);
            letters.draw(graphics, entry.text, right, TOP - 30);
            graphics.setColor(entry.colour);
            graphics.fillRect(right - 34, TOP - 30 + letters.height() / 2 - 1, 26, 3);
            right -= 60;
        }
    }
}
