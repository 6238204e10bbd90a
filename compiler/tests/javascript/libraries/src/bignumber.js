import { answered } from './shared/answered.js';

// A module's top level has no random numbers, and bignumber.js asks for some as it is loaded.
const { random } = Math;
Math.random = () => 0.5;
const { default: BigNumber } = await import('bignumber.js');
Math.random = random;

const cases = [
  () => new BigNumber('0.1').plus('0.2').toString(),
  () => new BigNumber('123456789.987654321').toFormat(2),
  () => new BigNumber(2).pow(200).toFixed(),
  () => new BigNumber(1).div(3).toPrecision(30),
  () => new BigNumber('1e500').times('1e-499').toNumber(),
  () => new BigNumber('ff', 16).toString(2),
  () => new BigNumber(10).sqrt().toFixed(20),
  () => new BigNumber('1234.5').toFormat({ decimalSeparator: ',', groupSeparator: '.', groupSize: 3 }),
  () => new BigNumber('nothing').isNaN(),
  () => new BigNumber('5').comparedTo('7'),
  () => new BigNumber('1.005').toFixed(2),
  () => new BigNumber('19.99').times(3).toNumber(),
  () => new BigNumber('1e-20').toString(),
];

export default answered(cases);
