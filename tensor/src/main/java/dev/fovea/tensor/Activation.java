package dev.fovea.tensor;

/** Lists the functions that models apply to each element. */
public enum Activation {
    IDENTITY {
        @Override
        public double of(double x) {
            return x;
        }

        @Override
        public double derivative(double x) {
            return 1;
        }
    },
    RELU {
        @Override
        public double of(double x) {
            return Math.max(x, 0);
        }

        @Override
        public double derivative(double x) {
            return Double.isNaN(x) ? x : x > 0 ? 1 : 0;
        }
    },
    /** {@code x (1 + erf(x / sqrt 2)) / 2}: Hendrycks and Gimpel 2016, exact. */
    GELU {
        @Override
        public double of(double x) {
            return 0.5 * x * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
        }

        @Override
        public double derivative(double x) {
            return 0.5 * (1 + ErrorFunction.erf(x / Math.sqrt(2)))
                    + (Double.isInfinite(x) ? 0 : x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
        }
    },
    /** {@code gelu_pytorch_tanh}: {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH {
        @Override
        public double of(double x) {
            return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        }

        @Override
        public double derivative(double x) {
            double root = Math.sqrt(2 / Math.PI);
            double tanh = Math.tanh(root * (x + 0.044715 * x * x * x));
            double slope = (1 - tanh * tanh) * root; // 0 where the tanh is flat, however large x is
            return 0.5 * (1 + tanh) + (slope == 0 ? 0 : 0.5 * x * slope * (1 + 3 * 0.044715 * x * x));
        }
    },
    /** OpenAI's {@code x sigmoid(1.702 x)}. */
    QUICK_GELU {
        @Override
        public double of(double x) {
            return x / (1 + Math.exp(-1.702 * x));
        }

        @Override
        public double derivative(double x) {
            return slopeOfGated(1.702, x);
        }
    },
    SIGMOID {
        @Override
        public double of(double x) {
            return 1 / (1 + Math.exp(-x));
        }

        @Override
        public double derivative(double x) {
            double y = SIGMOID.of(x);
            return y * (1 - y);
        }
    },
    TANH {
        @Override
        public double of(double x) {
            return Math.tanh(x);
        }

        @Override
        public double derivative(double x) {
            double y = Math.tanh(x);
            return 1 - y * y;
        }
    },
    /** {@code x sigmoid(x)}, also called swish: Elfwing et al. 2017. */
    SILU {
        @Override
        public double of(double x) {
            return x / (1 + Math.exp(-x));
        }

        @Override
        public double derivative(double x) {
            return slopeOfGated(1, x);
        }
    };

    /** The names that {@link #named} knows, for messages. */
    public static final String NAMES =
            "relu, gelu (gelu_python), gelu_new (gelu_fast, gelu_accurate, gelu_pytorch_tanh, "
                    + "gelu_python_tanh), quick_gelu, silu (swish), sigmoid, tanh or linear";

    /** Returns the function's definition. */
    public abstract double of(double x);

    /** Returns the slope of the function at a place: what a gradient is multiplied with on its way back. */
    public abstract double derivative(double x);

    /** Returns the slope of {@code x sigmoid(factor x)}. */
    private static double slopeOfGated(double factor, double x) {
        double gate = SIGMOID.of(factor * x);
        double slope = gate * (1 - gate); // 0 where the sigmoid is flat, however large x is
        return gate + (slope == 0 ? 0 : factor * x * slope);
    }

    /**
     * Finds a function by the name that a {@code config.json} has in {@code hidden_act}, as transformers' {@code
     * ACT2FN} does. What differs there only in how it is computed is one function here.
     *
     * @throws FoveaException if the name is unknown
     */
    public static Activation named(String hiddenAct) {
        return switch (hiddenAct) {
            case "linear" -> IDENTITY;
            case "relu" -> RELU;
            case "gelu", "gelu_python" -> GELU;
            case "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh" -> GELU_TANH;
            case "quick_gelu" -> QUICK_GELU;
            case "silu", "swish" -> SILU;
            case "sigmoid" -> SIGMOID;
            case "tanh" -> TANH;
            default -> throw new ModelException("hidden_act \"" + hiddenAct + "\" is unknown; expected " + NAMES);
        };
    }
}
