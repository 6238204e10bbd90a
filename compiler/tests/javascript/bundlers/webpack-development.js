/******/ var __webpack_modules__ = ({

/***/ "./src/shout.cjs"
/*!***********************!*\
  !*** ./src/shout.cjs ***!
  \***********************/
(module) {


module.exports = function shout(text) {
  return text.toUpperCase() + "!";
};


/***/ },

/***/ "./src/greeting.js"
/*!*************************!*\
  !*** ./src/greeting.js ***!
  \*************************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   "default": () => (/* binding */ Greeting),
/* harmony export */   greeting: () => (/* binding */ greeting)
/* harmony export */ });
const greeting = (name = "caller") => `Hello ${name}, é😀`;

class Greeting {
  static #count = 0;
  static next(name) {
    Greeting.#count += 1;
    return { text: greeting(name), count: Greeting.#count };
  }
}


/***/ },

/***/ "./src/routes.js"
/*!***********************!*\
  !*** ./src/routes.js ***!
  \***********************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   route: () => (/* binding */ route)
/* harmony export */ });
const table = new Map([
  ["+1415", "sales"],
  ["+1416", "support"],
]);

function route(to) {
  for (const [prefix, team] of table) {
    if (to.startsWith(prefix)) return team;
  }
  throw new RangeError(`no route to ${to}`);
}


/***/ }

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ const __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __webpack_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	const cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	const module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	if (!(moduleId in __webpack_modules__)) {
/******/ 		delete __webpack_module_cache__[moduleId];
/******/ 		const e = new Error("Cannot find module '" + moduleId + "'");
/******/ 		e.code = 'MODULE_NOT_FOUND';
/******/ 		throw e;
/******/ 	}
/******/ 	__webpack_modules__[moduleId](module, module.exports, __webpack_require__);
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/define property getters */
/******/ // define getter/value functions for harmony exports
/******/ __webpack_require__.d = (exports, definition) => {
/******/ 	for(var key in definition) {
/******/ 		if(__webpack_require__.o(definition, key) && !__webpack_require__.o(exports, key)) {
/******/ 			Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 		}
/******/ 	}
/******/ };
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ __webpack_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop));
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ // define __esModule on exports
/******/ __webpack_require__.r = (exports) => {
/******/ 	Object.defineProperties(exports, { [Symbol.toStringTag]: { value: 'Module' }, __esModule: { value: true } });
/******/ };
/******/ 
/************************************************************************/
let __webpack_exports__ = {};
// This entry needs to be wrapped in an IIFE because it needs to be isolated against other modules in the chunk.
(() => {
/*!*********************!*\
  !*** ./src/main.js ***!
  \*********************/
__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   "default": () => (/* export default binding */ __WEBPACK_DEFAULT_EXPORT__)
/* harmony export */ });
/* harmony import */ var _routes_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! ./routes.js */ "./src/routes.js");
/* harmony import */ var _greeting_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(/*! ./greeting.js */ "./src/greeting.js");
/* harmony import */ var _shout_cjs__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(/*! ./shout.cjs */ "./src/shout.cjs");




/* harmony default export */ async function __WEBPACK_DEFAULT_EXPORT__(call) {
  const team = await Promise.resolve((0,_routes_js__WEBPACK_IMPORTED_MODULE_0__.route)(call.To));
  return {
    module: "tts",
    data: { ..._greeting_js__WEBPACK_IMPORTED_MODULE_1__["default"].next(call.Name), text: _shout_cjs__WEBPACK_IMPORTED_MODULE_2__((0,_greeting_js__WEBPACK_IMPORTED_MODULE_1__.greeting)(call.Name)) },
    children: { _: { module: "user", data: { id: team } } },
  };
}

})();

const __webpack_exports__default = __webpack_exports__["default"];
export { __webpack_exports__default as default };
