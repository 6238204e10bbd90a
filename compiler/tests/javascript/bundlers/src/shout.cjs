"use strict";
module.exports = function shout(text) {
  return text.toUpperCase() + "!";
};
