import { invalid, unsupported } from "../sql-problem.js";
import { parseExpression, parseOperand } from "./parse-expression.js";
import { parseFrom } from "./parse-from.js";
import { parsePrimary } from "./parse-primary.js";
import { parseOrderItems, parseQuery } from "./parse-query.js";
import { parseType } from "./parse-type.js";
import { parseWindow } from "./parse-window.js";
import type { Parser } from "./parser.js";
import { TokenReader } from "./token-reader.js";
import type { Query } from "./tree.js";

/** How long a statement may be, in UTF-16 units; BigQuery takes 1 MB. */
const LONGEST = 1_000_000;

/** Reads one query of BigQuery's dialect, with or without a semicolon behind it. Throws SqlProblem. */
export function parseStatement(sql: string): Query {
  if (sql.length > LONGEST) throw unsupported(0, `a statement of more than ${LONGEST.toLocaleString("en")} characters`);
  const reader = new TokenReader(sql);
  const parser: Parser = {
    reader,
    query: () => parseQuery(parser),
    from: () => parseFrom(parser),
    expression: () => parseExpression(parser),
    operand: () => parseOperand(parser),
    primary: () => parsePrimary(parser),
    type: () => parseType(parser),
    orderItems: () => parseOrderItems(parser),
    window: () => parseWindow(parser),
  };

  if (reader.atEnd()) throw invalid(0, "there is no statement", "pass a query, such as SELECT 1");
  if (!reader.sees("SELECT") && !reader.sees("WITH") && !reader.sees("(")) throw notAQuery(reader);
  const query = parser.query();
  if (reader.accept(";") && !reader.atEnd()) {
    throw unsupported(reader.token.start, "a second statement", "run one statement at a time");
  }
  if (!reader.atEnd()) throw reader.unexpected("the end of the statement");
  return query;
}

/** First words of the other statements of BigQuery. */
const STATEMENTS =
  /^(ALTER|ASSERT|BEGIN|CALL|COMMIT|CREATE|DECLARE|DELETE|DROP|EXECUTE|EXPLAIN|EXPORT|GRANT|INSERT|LOAD|MERGE|REVOKE|ROLLBACK|SET|TRUNCATE|UPDATE)$/i;

function notAQuery(reader: TokenReader): Error {
  const { kind, text, start } = reader.token;
  if (kind === "word" && text.toUpperCase() === "FROM") {
    return unsupported(start, "a query that begins with FROM", "begin it with SELECT");
  }
  if (kind === "word" && STATEMENTS.test(text)) {
    return unsupported(start, `the statement ${text.toUpperCase()}`, "write a SELECT: this command only reads");
  }
  return reader.unexpected("SELECT or WITH");
}
