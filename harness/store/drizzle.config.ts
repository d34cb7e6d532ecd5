// Settings of drizzle-kit, which writes the SQL files of `migrations/` from schema.ts. Run from the repository's root.
import { defineConfig } from "drizzle-kit";

// biome-ignore lint/style/noDefaultExport: drizzle-kit reads the default export.
export default defineConfig({
  dialect: "sqlite",
  schema: "./harness/store/schema.ts",
  out: "./harness/store/migrations",
});
