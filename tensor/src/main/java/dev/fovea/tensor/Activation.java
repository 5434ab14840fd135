package dev.fovea.tensor;

/** The functions that models apply element by element. */
public enum Activation {
    IDENTITY {
        @Override
        public double of(double x) {
            return x;
        }
    },
    RELU {
        @Override
        public double of(double x) {
            return Math.max(x, 0);
        }
    },
    /** {@code x (1 + erf(x / sqrt 2)) / 2}: Hendrycks and Gimpel 2016, exact. */
    GELU {
        @Override
        public double of(double x) {
            return 0.5 * x * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
        }
    },
    /** {@code gelu_pytorch_tanh}: {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH {
        @Override
        public double of(double x) {
            return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        }
    },
    /** OpenAI's {@code x sigmoid(1.702 x)}. */
    QUICK_GELU {
        @Override
        public double of(double x) {
            return x / (1 + Math.exp(-1.702 * x));
        }
    },
    SIGMOID {
        @Override
        public double of(double x) {
            return 1 / (1 + Math.exp(-x));
        }
    },
    TANH {
        @Override
        public double of(double x) {
            return Math.tanh(x);
        }
    };

    /** The function's definition. */
    public abstract double of(double x);

    /**
     * By the name a {@code config.json} uses in {@code hidden_act}.
     *
     * @throws FoveaException if the name is unknown
     */
    public static Activation named(String hiddenAct) {
        return switch (hiddenAct) {
            case "relu" -> RELU;
            case "gelu" -> GELU;
            case "gelu_pytorch_tanh", "gelu_new" -> GELU_TANH;
            case "quick_gelu" -> QUICK_GELU;
            default ->
                throw new FoveaException("hidden_act \"" + hiddenAct
                        + "\" is unknown; expected relu, gelu, gelu_pytorch_tanh, gelu_new or quick_gelu");
        };
    }
}
