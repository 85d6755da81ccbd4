from dream_engine.cores import keep_numpy_on_one_thread

keep_numpy_on_one_thread()  # before any test loads NumPy; the processes that tests start inherit it
