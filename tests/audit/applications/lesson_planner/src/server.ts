import express from "express";
import { rateLimit } from "express-rate-limit";
import { config } from "./config.js";
import { plans } from "./routes/plans.js";
import { tutor } from "./routes/tutor.js";

const app = express();
app.use(express.json());
app.use((req, res, next) => {
  res.locals.workspaceId = req.header("x-workspace");
  next();
});
app.use(rateLimit({ windowMs: 60_000, limit: 20, keyGenerator: (_req, res) => res.locals.workspaceId }));
app.use("/plans", plans);
app.use("/tutor", tutor);
app.listen(config.port);
