const { config } = require("@swc/core/spack");

module.exports = config({
  mode: "production",
  target: "node",
  entry: { swc: `${__dirname}/src/main.js` },
  output: { path: `${__dirname}/out` },
  options: { minify: true, sourceMaps: false, jsc: { target: "es2022", minify: { compress: true, mangle: true } } },
  module: {},
});
