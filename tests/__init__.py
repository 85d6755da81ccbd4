from dream_engine.numpy_threads import keep_numpy_on_one_thread

keep_numpy_on_one_thread()  # in the processes of pytest-xdist and those that tests start
