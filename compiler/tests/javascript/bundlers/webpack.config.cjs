const config = (mode, filename) => ({
  mode,
  entry: "./src/main.js",
  // In development, webpack would put every file into an `eval`.
  devtool: false,
  experiments: { outputModule: true },
  output: { path: `${__dirname}/out`, filename, library: { type: "module" } },
});

module.exports = [config("production", "webpack.js"), config("development", "webpack-development.js")];
