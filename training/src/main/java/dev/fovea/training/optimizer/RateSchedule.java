package dev.fovea.training.optimizer;

/**
 * Says the rate of each step: it rises from little to the whole, then falls along half a cosine.
 *
 * @param rate the highest
 * @param warmUp steps of the rise; 0 for none
 * @param steps all of them
 * @param least where the fall ends
 */
public record RateSchedule(double rate, int warmUp, int steps, double least) {

    /**
     * Returns the rate of a step: {@code rate (step + 1) / warmUp} while it rises (open_clip's {@code cosine_lr}), then
     * {@code least + ½ (rate - least)(1 + cos(π (step - warmUp) / (steps - warmUp)))} (torch's {@code
     * CosineAnnealingLR}).
     *
     * @param step from 0
     */
    public double at(int step) {
        if (step < warmUp) {
            return rate * (step + 1) / warmUp;
        }
        double share = (double) (step - warmUp) / Math.max(1, steps - warmUp);
        return least + 0.5 * (rate - least) * (1 + Math.cos(Math.PI * share));
    }
}
