//! `_random`, the base of the library's `random`: a Mersenne Twister that a call seeds when it first uses it.

pub(crate) use _random::module_def;

#[rustpython_vm::pymodule]
mod _random {
    use std::cell::RefCell;

    use malachite_bigint::{BigInt, BigUint};
    use mt19937::{MT19937, N};
    use num_traits::Signed;
    use rand_core::RngCore;
    use rustpython_vm::{
        PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
        builtins::{PyInt, PyTupleRef},
        function::OptionalOption,
        pyclass,
        types::{Constructor, DefaultConstructor, Initializer},
    };
    use switchhook_guest::{is_being_compiled, random};

    /// Numbers of a state: the words and the position in them.
    const STATE: usize = N + 1;

    #[pyattr]
    #[pyclass(name = "Random")]
    #[derive(Debug, Default, PyPayload)]
    struct PyRandom {
        /// `None` until the call's own randomness seeds it. A snapshot must not contain a seed.
        numbers: RefCell<Option<MT19937>>,
    }

    impl DefaultConstructor for PyRandom {}

    impl Initializer for PyRandom {
        type Args = OptionalOption;

        fn init(zelf: PyRef<Self>, seed: Self::Args, vm: &VirtualMachine) -> PyResult<()> {
            zelf.seed(seed, vm)
        }
    }

    impl PyRandom {
        fn with<R>(
            &self,
            vm: &VirtualMachine,
            work: impl FnOnce(&mut MT19937) -> R,
        ) -> PyResult<R> {
            let mut numbers = self.numbers.borrow_mut();
            if let Some(numbers) = numbers.as_mut() {
                return Ok(work(numbers));
            }
            if is_being_compiled() {
                let message = "random numbers come with the call: there are none while the function is compiled";
                return Err(vm.new_runtime_error(message));
            }
            let seed = random::seed();
            let seed = [seed as u32, (seed >> 32) as u32];
            Ok(work(numbers.insert(MT19937::new_with_slice_seed(&seed))))
        }
    }

    #[pyclass(flags(BASETYPE), with(Constructor, Initializer))]
    impl PyRandom {
        #[pymethod]
        fn random(&self, vm: &VirtualMachine) -> PyResult<f64> {
            self.with(vm, |numbers| mt19937::gen_res53(numbers))
        }

        #[pymethod]
        fn seed(&self, seed: OptionalOption<PyObjectRef>, vm: &VirtualMachine) -> PyResult<()> {
            let seeded = match seed.flatten() {
                Some(seed) => {
                    let number = match seed.downcast::<PyInt>() {
                        Ok(number) => number.as_bigint().abs(),
                        Err(other) => BigInt::from(other.hash(vm)?).abs(),
                    };
                    let (_, mut key) = number.to_u32_digits();
                    if key.is_empty() {
                        key.push(0);
                    }
                    Some(MT19937::new_with_slice_seed(&key))
                }
                None => None,
            };
            *self.numbers.borrow_mut() = seeded;
            Ok(())
        }

        #[pymethod]
        fn getrandbits(&self, bits: PyObjectRef, vm: &VirtualMachine) -> PyResult<BigInt> {
            let bits = bits.try_index(vm)?;
            if bits.as_bigint().is_negative() {
                return Err(vm.new_value_error("number of bits must be non-negative"));
            }
            let bits: usize = bits
                .try_to_primitive(vm)
                .map_err(|_| vm.new_overflow_error("getrandbits: number of bits too large"))?;
            self.with(vm, |numbers| {
                let mut words: Vec<u32> =
                    (0..bits.div_ceil(32)).map(|_| numbers.next_u32()).collect();
                if let Some(last) = words.last_mut()
                    && bits % 32 > 0
                {
                    *last >>= 32 - bits % 32;
                }
                BigUint::new(words).into()
            })
        }

        #[pymethod]
        fn getstate(&self, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
            self.with(vm, |numbers| {
                let place = numbers.get_index() as u32;
                let state = numbers.get_state().iter().copied().chain([place]);
                vm.new_tuple(
                    state
                        .map(|word| vm.ctx.new_int(word).into())
                        .collect::<Vec<_>>(),
                )
            })
        }

        #[pymethod]
        fn setstate(&self, state: PyTupleRef, vm: &VirtualMachine) -> PyResult<()> {
            let words = state
                .as_slice()
                .iter()
                .map(|word| word.try_to_value::<u32>(vm))
                .collect::<PyResult<Vec<u32>>>()?;
            let words: &[u32; STATE] = words
                .as_slice()
                .try_into()
                .map_err(|_| vm.new_value_error("state vector is the wrong size"))?;
            let [state @ .., place] = words;
            let place = *place as usize;
            if place > N {
                return Err(vm.new_value_error("invalid state"));
            }
            let mut numbers = MT19937::new_with_slice_seed(&[0]);
            numbers.set_state(state);
            numbers.set_index(place);
            *self.numbers.borrow_mut() = Some(numbers);
            Ok(())
        }
    }
}
