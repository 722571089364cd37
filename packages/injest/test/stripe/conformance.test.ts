import { describe, it } from "vitest";
import { testSource } from "../../src/testing/index.js";
import { conformanceWorld } from "./conformance-world.js";
import { STREAM_NAMES } from "./filled-account.js";

testSource({ streams: STREAM_NAMES, create: () => conformanceWorld() }, { describe, it });
