package dev.fovea.search.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.search.filter.Condition.All;
import dev.fovea.search.filter.Condition.Any;
import dev.fovea.search.filter.Condition.Comparison;
import dev.fovea.search.filter.Condition.Not;
import dev.fovea.search.filter.Condition.Operator;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionParserTest {

    private static Comparison comparison(String field, Operator operator, String value) {
        return new Comparison(field, operator, value, false);
    }

    @Test
    void comparisonsNeedNoSpaces() {
        Condition expected = comparison("year", Operator.AT_LEAST, "2020");
        for (String text :
                List.of("year>=2020", " year >= 2020 ", "(year>=2020)", "((year >=2020) )", "'year'>=2020")) {
            assertEquals(expected, ConditionParser.parse(text), text);
        }
        for (Operator operator : Operator.values()) {
            assertEquals(comparison("a", operator, "b"), ConditionParser.parse("a" + operator + "b"));
        }
        assertEquals(comparison("a", Operator.EQUAL, "b"), ConditionParser.parse("a==b"));
    }

    @Test
    void andBindsMoreThanOrAndNotMoreThanBoth() {
        Condition a = comparison("a", Operator.EQUAL, "1");
        Condition b = comparison("b", Operator.EQUAL, "2");
        Condition c = comparison("c", Operator.EQUAL, "3");
        assertEquals(new Any(List.of(a, new All(List.of(b, c)))), ConditionParser.parse("a=1 or b=2 and c=3"));
        assertEquals(new All(List.of(new Any(List.of(a, b)), c)), ConditionParser.parse("(a=1 OR b=2) AND c=3"));
        assertEquals(new All(List.of(new Not(a), b)), ConditionParser.parse("not a=1 and b=2"));
        assertEquals(new Not(new All(List.of(a, b))), ConditionParser.parse("not(a=1 and b=2)"));
        assertEquals(new Any(List.of(a, b, c)), ConditionParser.parse("a=1 or b=2 or c=3"));
    }

    @Test
    void valuesMayBeInQuotes() {
        assertEquals(
                new Comparison("my field", Operator.EQUAL, "it's \"so\" and\\", true),
                ConditionParser.parse("\"my field\" = 'it\\'s \"so\" and\\\\'"));
        assertEquals(new Comparison("a", Operator.EQUAL, "", true), ConditionParser.parse("a=''"));
        assertEquals(comparison("order", Operator.EQUAL, "android"), ConditionParser.parse("order=android"));
        assertEquals(
                comparison("folder", Operator.EQUAL, "/a/b-c_d.e*?äö猫"),
                ConditionParser.parse("folder=/a/b-c_d.e*?äö猫"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "year",
                "year>",
                ">2020",
                "year>=2020 and",
                "and year>=2020",
                "(year>=2020",
                "year>=2020)",
                "year=>2020",
                "year=!2020",
                "year='2020",
                "year 2020",
                "year=2020 month=5",
                "not",
                "()",
                "a=b or or c=d",
                "a=\"b\\",
                "a=b and not",
                "=",
                "a===b"
            })
    void whatIsNoConditionIsNamed(String text) {
        FoveaException e = assertThrows(FoveaException.class, () -> ConditionParser.parse(text));
        assertTrue(e.getMessage().startsWith("the condition \"" + text + "\""), e.getMessage());
        assertTrue(e.getMessage().contains("at character"), e.getMessage());
    }

    @Test
    void nothingOverflowsTheStack() {
        assertThrows(FoveaException.class, () -> ConditionParser.parse("(".repeat(100_000)));
        assertThrows(FoveaException.class, () -> ConditionParser.parse("not ".repeat(100_000)));
    }

    @Test
    void anyTextIsReadOrRefusedInOneLine() {
        Random random = new Random(5);
        String[] pieces = {"a", "and", "or", "not", "(", ")", "=", ">=", "<", "!", "'", "\"", " ", "\\", "1", "猫"};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(10); j >= 0; j--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                ConditionParser.parse(text.toString());
            } catch (FoveaException refused) {
                assertEquals(1, refused.getMessage().lines().count());
            }
        }
    }
}
