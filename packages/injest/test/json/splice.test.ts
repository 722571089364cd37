import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonError } from "../../src/json/json-error.js";
import { completeList } from "../../src/json/splice.js";
import { jsonObject, whiteSpace } from "./json-arbitrary.js";

describe("completing a nested list", () => {
  it("adds the items after those that were there and leaves every other byte as it was", () => {
    fc.assert(
      fc.property(
        fc.array(jsonObject(), { maxLength: 3 }),
        fc.array(jsonObject(), { maxLength: 3 }),
        fc.array(whiteSpace(), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        (had, added, [a = "", b = "", c = "", d = ""], hasMore, hasMoreIsFirst) => {
          const object = (items: readonly string[], more: boolean): string => {
            const data = `"data"${a}:[${b}${items.join(",")}${c}]`;
            const flag = `"has_more":${d}${more}`;
            const list = hasMoreIsFirst ? `${flag}${b},${data}` : `${data},${a}${flag}`;
            return `{${d}"id":"in_1",${a}"lines":{"object":"list",${list},"url":"/x"}${b},"total":1.50}`;
          };
          const completed = completeList(
            Buffer.from(object(had, hasMore)),
            "lines",
            added.map((item) => Buffer.from(item)),
          );
          const text = completed.toString();
          expect(JSON.parse(text)).toEqual(JSON.parse(object([...had, ...added], false)));
          // White space before the bracket stands before the new items instead: all else is the same.
          expect(c === "" ? text : withoutSpace(text)).toBe(
            c === "" ? object([...had, ...added], false) : withoutSpace(object([...had, ...added], false)),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("touches no list but the one on the object's own level", () => {
    const text = '{"a":{"lines":{"data":[],"has_more":true}},"lines":{"data":[1],"has_more":true},"has_more":true}';
    expect(completeList(Buffer.from(text), "lines", [Buffer.from("2"), Buffer.from("3")]).toString()).toBe(
      '{"a":{"lines":{"data":[],"has_more":true}},"lines":{"data":[1,2,3],"has_more":false},"has_more":true}',
    );
  });

  it("completes the list that counts where one comes twice", () => {
    const text = '{"lines":{"data":[1],"has_more":true},"lines":{"data":[],"has_more":true,"data":[2]}}';
    expect(JSON.parse(completeList(Buffer.from(text), "lines", [Buffer.from("3")]).toString())).toEqual({
      lines: { data: [2, 3], has_more: false },
    });
  });

  it.each(['{"id":"in_1"}', '{"lines":null}', '{"lines":[]}', '{"lines":{"has_more":true}}', "[]"])(
    "refuses %s, which has no such list",
    (text) => {
      expect(() => completeList(Buffer.from(text), "lines", [])).toThrow(JsonError);
    },
  );
});

function withoutSpace(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}
